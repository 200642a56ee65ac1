using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Router.Bus;
using Pusher.Router.Stores;

namespace Pusher.Server.Http;

/// <summary>
/// Ready means: a message to myself just went through the bus and into the store. "The process is up" is not enough: a peer of this kind once
/// delivered nothing for hours with its health green.
/// <para>
/// The canary goes over <c>pusher.int.&lt;site&gt;.canary.&lt;node&gt;</c> and is appended for the device <c>_pusher/canary-…</c>, which cannot
/// log in (tenants that begin with <c>_</c> are reserved). It acknowledges itself, so that its queue stays empty, and expires in a minute should that fail.
/// </para>
/// </summary>
/// <remarks>Threading: one loop checks; <see cref="Current"/> is replaced as a whole and read from any thread.</remarks>
public sealed class Readiness : IReadiness, IAsyncDisposable
{
    /// <summary>The tenant of the canaries.</summary>
    public const string Tenant = "_pusher";

    private const int TtlMs = 60_000;

    private readonly IClusterBus _bus;
    private readonly IMessageStore _store;
    private readonly MessageIdGenerator _ids;
    private readonly TimeProvider _time;
    private readonly ReadinessOptions _options;
    private readonly PusherMeter _meter;
    private readonly ILogger _log;
    private readonly string _subject;
    private readonly DeviceKey _device;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private ReadinessReport _current = new(false, "starting", 0, 0);
    private TaskCompletionSource? _echo;
    private IAsyncDisposable? _subscription;
    private Task _loop = Task.CompletedTask;
    private ulong _expected;
    private bool _isDraining;

    public Readiness(
        IClusterBus bus,
        IMessageStore store,
        MessageIdGenerator ids,
        TimeProvider time,
        ReadinessOptions options,
        PusherMeter meter,
        ILogger<Readiness> log)
    {
        _bus = bus;
        _store = store;
        _ids = ids;
        _time = time;
        _options = options;
        _meter = meter;
        _log = log;
        _subject = $"pusher.int.{options.Site}.canary.{options.Node}";
        _device = new DeviceKey(Tenant, options.Node.Length > 57 ? options.Node : "canary-" + options.Node);
    }

    /// <inheritdoc/>
    public ReadinessReport Current => Volatile.Read(ref _current);

    /// <summary>Subscribes and starts the loop; the first check begins at once.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = await _bus.SubscribeAsync(_subject, null, OnEcho, cancellationToken).ConfigureAwait(false);
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Not ready from now on: the node goes down, and load balancers should know before its devices do.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            _isDraining = true;
            Volatile.Write(ref _current, new ReadinessReport(false, "draining", Now(), 0));
        }
    }

    /// <summary>One check, which the loop does at each interval.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var startedAt = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.DeadlineMs), _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var step = "the bus";
        string? problem;
        try
        {
            problem = await ThroughBusAsync(stop.Token).ConfigureAwait(false);
            step = "the store";
            problem ??= await ThroughStoreAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"{step} did not answer within {_options.DeadlineMs} ms";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            problem = $"{step} failed: {e.Message}"; // whatever it was: a loop that ended here would leave the last answer standing
        }

        Report(problem, _time.GetElapsedTime(startedAt));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (_subscription is not null)
        {
            await _subscription.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var stop = _stopping.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            // While not ready the check is cheap and its end is waited for: look more often.
            var pauseMs = Current.IsReady ? _options.IntervalMs : Math.Min(_options.IntervalMs, 500);
            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> ThroughBusAsync(CancellationToken cancellationToken)
    {
        if (!_bus.IsConnected)
        {
            return "the bus is not connected";
        }

        var echo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var number = new byte[sizeof(ulong)];
        lock (_gate)
        {
            _echo = echo;
            BinaryPrimitives.WriteUInt64BigEndian(number, ++_expected);
        }

        await _bus.PublishAsync(_subject, number, null, cancellationToken).ConfigureAwait(false);
        await echo.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<string?> ThroughStoreAsync(CancellationToken cancellationToken)
    {
        var now = Now();
        var append = new CanaryAppend
        {
            Device = _device,
            MessageId = _ids.Next(),
            AcceptedAtUnixMs = now,
            ExpiresAtUnixMs = now + TtlMs,
        };
        _store.Append(append);
        var status = await append.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (status != AppendStatus.Stored)
        {
            return $"the store answered {status} to a message to myself";
        }

        _store.Acknowledge(_device, append.Stream, append.Seq);
        return null;
    }

    private void OnEcho(BusMessage message)
    {
        lock (_gate)
        {
            if (message.Payload.Length == sizeof(ulong) && BinaryPrimitives.ReadUInt64BigEndian(message.Payload.Span) == _expected)
            {
                _echo?.TrySetResult();
            }
        }
    }

    private void Report(string? problem, TimeSpan elapsed)
    {
        if (problem is not null)
        {
            _meter.CanaryFailed();
        }

        lock (_gate)
        {
            if (_isDraining)
            {
                return;
            }

            var before = _current;
            Volatile.Write(ref _current, new ReadinessReport(problem is null, problem ?? "ok", Now(), elapsed.TotalMilliseconds));
            if (problem is null && !before.IsReady)
            {
                ServerLog.Ready(_log);
            }
            else if (problem is not null && before.Reason != problem)
            {
                ServerLog.NotReady(_log, problem);
            }
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
