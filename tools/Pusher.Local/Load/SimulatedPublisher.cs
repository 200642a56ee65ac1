using System.Diagnostics;
using Pusher.Client.Publishing;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Local.Checking;

namespace Pusher.Local.Load;

/// <summary>
/// A backend: publishes at a steady rate to all devices in turn, writes every attempt and every answer into the checker's publisher log, and
/// asks again under the same id until the answer is certain.
/// </summary>
/// <remarks>Threading: any thread; each message is a task of its own.</remarks>
public sealed class SimulatedPublisher : IAsyncDisposable
{
    private const int PauseMsMax = 400;
    private static readonly TimeSpan LagMax = TimeSpan.FromSeconds(1);

    private readonly SimulatedPublisherOptions _options;
    private readonly IReadOnlyList<DeviceKey> _devices;
    private readonly DeliveryChecker _checker;
    private readonly IPublisher _publisher;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _giveUp = new();
    private long _settled;
    private long _refused;
    private long _unknown;
    private long _longestErrorMs;

    public SimulatedPublisher(SimulatedPublisherOptions options, IReadOnlyList<DeviceKey> devices, DeliveryChecker checker)
    {
        _options = options;
        _devices = devices;
        _checker = checker;
        _slots = new SemaphoreSlim(options.OutstandingMax, options.OutstandingMax);
        var retry = PublishRetryOptions.None with { AttemptTime = options.AnswerTime };
        _publisher = options.HttpAddress is { } address
            ? new HttpPublisher(new HttpPublisherOptions { BaseAddress = address, Retry = retry })
            : new Publisher(new PublisherOptions { NatsUrl = options.NatsUrl, Name = options.Name, Retry = retry });
    }

    /// <summary>Messages accepted.</summary>
    public long Settled => Volatile.Read(ref _settled);

    /// <summary>Attempts answered by an error.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Attempts without a certain answer.</summary>
    public long Unknown => Volatile.Read(ref _unknown);

    /// <summary>The longest time until an attempt was answered by anything but an acceptance, milliseconds.</summary>
    public long LongestErrorMs => Volatile.Read(ref _longestErrorMs);

    /// <summary>Messages that wait for a certain answer.</summary>
    public int Outstanding => _options.OutstandingMax - _slots.CurrentCount;

    /// <summary>The last error that no repetition can mend: a defect of the run; null = none.</summary>
    public string? Problem { get; private set; }

    /// <summary>Begins messages until <paramref name="stop"/>; what was begun goes on until it is settled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var startedAt = Stopwatch.GetTimestamp();
        for (long number = 0, paced = 0; number < _options.Count && !stop.IsCancellationRequested; number++, paced++)
        {
            var ahead = TimeSpan.FromSeconds(paced / _options.Rate) - Stopwatch.GetElapsedTime(startedAt);
            if (ahead > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(ahead, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else if (ahead < -LagMax)
            {
                (startedAt, paced) = (Stopwatch.GetTimestamp(), 0); // after an outage it does not catch up
            }

            await _slots.WaitAsync(stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            _ = SettleAsync(number);
        }
    }

    /// <summary>Counts the longest time from now on.</summary>
    public void ForgetAnswerTimes() => Volatile.Write(ref _longestErrorMs, 0);

    /// <summary>What is not settled stays unknown.</summary>
    public Task GiveUpAsync() => _giveUp.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await GiveUpAsync().ConfigureAwait(false);
        await _publisher.DisposeAsync().ConfigureAwait(false);
    }

    private async Task SettleAsync(long number)
    {
        var device = _devices[(int)((_options.FirstDevice + number) % _devices.Count)];
        var value = $"{_options.Name}-{number}";
        var payload = SimulatedPayload.Of(value, _options.PayloadBytes);
        var options = new PublishOptions { PublisherId = value };
        try
        {
            while (!_giveUp.IsCancellationRequested)
            {
                var sentMs = Environment.TickCount64;
                _checker.Attempted(device, value, sentMs);
                var result = await _publisher.PublishAsync(device.Tenant, device.Device, payload, options, _giveUp.Token).ConfigureAwait(false);
                if (Log(device, value, result))
                {
                    return;
                }

                InterlockedMax(ref _longestErrorMs, Environment.TickCount64 - sentMs);

                await Task.Delay(Random.Shared.Next(20, PauseMsMax), _giveUp.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            _checker.Unknown(device, value); // the run gave up on it
        }
        finally
        {
            _slots.Release();
        }
    }

    private static void InterlockedMax(ref long location, long value)
    {
        for (var seen = Volatile.Read(ref location); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref location, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>True when the message needs no further attempt.</summary>
    private bool Log(DeviceKey device, string value, PublishResult result)
    {
        if (result.Accepted)
        {
            _checker.Accepted(device, value, new StreamPosition(result.Stream, result.Seq), Environment.TickCount64);
            Interlocked.Increment(ref _settled);
            return true;
        }

        if (result.Status == PublishStatus.Unknown)
        {
            _checker.Unknown(device, value);
            Interlocked.Increment(ref _unknown);
            return false;
        }

        _checker.Refused(device, value);
        Interlocked.Increment(ref _refused);
        if (result.Retry || result.Status is PublishStatus.Unavailable or PublishStatus.StoreUnavailable or PublishStatus.QueueFull)
        {
            return false;
        }

        Problem = $"{value} for {device}: {result.Status} {result.Error}";
        return true;
    }
}
