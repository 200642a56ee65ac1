using System.Diagnostics;
using System.Globalization;
using HdrHistogram;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// Publishes over one NATS connection, with many requests outstanding. Each request's reply subject ends in the number of a place in a ring, so that
/// an answer finds its request without a dictionary, a task or a timer. With a window every answer sends the next one; with a rate a pacer
/// sends what is due, and what is late counts from when it was due.
/// </summary>
/// <remarks>Threading: with a window one loop publishes and reads answers; with a rate the pacer publishes and the loop reads.</remarks>
internal sealed class LoadPublisher : IAsyncDisposable
{
    private const int RingSize = 1 << 17;
    private const long HighestMicroseconds = 600_000_000;

    private readonly int _number;
    private readonly LoadOptions _options;
    private readonly MessageLedger _ledger;
    private readonly string[] _subjects;
    private readonly NatsConnection _connection;
    private readonly string _inbox;
    private readonly string?[] _replyTo = new string?[RingSize];
    private readonly long[] _outstanding = new long[RingSize]; // counter + 1; 0 = free
    private readonly long[] _dueAt = new long[RingSize];
    private readonly byte[] _payload;
    private readonly string _idPrefix;
    private INatsSub<PublishAnswer>? _answers;
    private Task _work = Task.CompletedTask;
    private long _counter;
    private long _answered;
    private long _accepted;
    private long _refused;
    private long _late;
    private string? _problem;
    private volatile bool _stopped;
    private long _measureFrom = long.MaxValue;
    private long _measureTo = long.MaxValue;

    public LoadPublisher(int number, LoadOptions options, IReadOnlyList<LoadIdentity> devices, MessageLedger ledger)
    {
        _number = number;
        _options = options;
        _ledger = ledger;
        _subjects = [.. devices.Select(d => $"pusher.pub.{d.Device.Tenant}.device.{d.Device.Device}")];
        _payload = new byte[options.PayloadBytes];
        _idPrefix = string.Create(CultureInfo.InvariantCulture, $"{ledger.Run:x}-{number}-");
        _inbox = $"_INBOX.load.{_idPrefix}";
        _connection = new NatsConnection(NatsOpts.Default with
        {
            Url = options.NatsUrl!,
            Name = "pusher load",
            LoggerFactory = NullLoggerFactory.Instance,
            AuthOpts = new NatsAuthOpts
            {
                Username = Secrets.Variable(Secrets.NatsUserVariable),
                Password = Secrets.Variable(Secrets.NatsPasswordVariable),
                Token = Secrets.Variable(Secrets.NatsTokenVariable),
            },
            SubPendingChannelCapacity = RingSize, // as many as can be outstanding, so that no answer is dropped
        });
    }

    public long Published => Volatile.Read(ref _counter);

    public long Accepted => Volatile.Read(ref _accepted);

    public long Refused => Volatile.Read(ref _refused);

    public long Outstanding => Published - Volatile.Read(ref _answered);

    /// <summary>Messages that could not be sent when they were due, because the ring was full.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>The first refusal or failure; null = none.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>From due until answered, in microseconds. To be read when the publisher has ended.</summary>
    public LongHistogram Answers { get; } = new(HighestMicroseconds, 3);

    /// <summary>Completes when publishing has ended, by itself only after a failure.</summary>
    public Task Work => _work;

    public long MeasureFrom
    {
        set => Volatile.Write(ref _measureFrom, value);
    }

    public long MeasureTo
    {
        set => Volatile.Write(ref _measureTo, value);
    }

    /// <exception cref="CliException">NATS cannot be reached.</exception>
    public async Task ConnectAsync(CancellationToken cancel)
    {
        try
        {
            await _connection.ConnectAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), cancel).ConfigureAwait(false);
            _answers = await _connection.SubscribeCoreAsync($"{_inbox}.*", serializer: default(PublishAnswer), cancellationToken: cancel).ConfigureAwait(false);
            await _connection.PingAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or IOException)
        {
            throw new CliException(ExitCode.Unreachable, $"NATS at {_options.NatsUrl} cannot be reached: {e.GetBaseException().Message}");
        }
    }

    /// <summary>Begins to publish.</summary>
    public void Start() => _work = Task.Run(RunAsync);

    /// <summary>Publishes no more; answers are still read.</summary>
    public void Stop() => _stopped = true;

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        try
        {
            if (_options.Rate == 0)
            {
                await FillAsync().ConfigureAwait(false); // the answers wait meanwhile, so that one thread at a time publishes
                await ReadAnswersAsync().ConfigureAwait(false);
            }
            else
            {
                await Task.WhenAll(PaceAsync(_options.Rate / _options.Publishers), ReadAnswersAsync()).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            Note($"NATS at {_options.NatsUrl}: {e.GetBaseException().Message}");
        }
    }

    private async Task FillAsync()
    {
        for (var i = 0; i < _options.Window; i++)
        {
            await SendAsync(i, Stopwatch.GetTimestamp()).ConfigureAwait(false);
        }
    }

    private async Task PaceAsync(double perSecond)
    {
        var start = Stopwatch.GetTimestamp();
        var ticksPerMessage = Stopwatch.Frequency / perSecond;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!_stopped)
        {
            var due = (long)((Stopwatch.GetTimestamp() - start) / ticksPerMessage);
            while (_counter <= due && !_stopped)
            {
                var place = (int)(_counter % RingSize);
                if (Volatile.Read(ref _outstanding[place]) != 0)
                {
                    _late++;
                    break; // as many as can be are outstanding; its due time stays
                }

                await SendAsync(place, start + (long)(_counter * ticksPerMessage)).ConfigureAwait(false);
            }

            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(int place, long dueAt)
    {
        var counter = _counter;
        var device = (int)(((counter * _options.Publishers) + _number) % _subjects.Length);
        new LoadPayload(_ledger.Run, _number, device, counter, dueAt).Write(_payload);
        _dueAt[place] = dueAt;
        Volatile.Write(ref _outstanding[place], counter + 1);
        _ledger.Published(_number, counter);
        Volatile.Write(ref _counter, counter + 1);
        var headers = new NatsHeaders { ["Pusher-Id"] = string.Create(CultureInfo.InvariantCulture, $"{_idPrefix}{counter}") };
        return _connection.PublishAsync<ReadOnlyMemory<byte>>(
            _subjects[device],
            _payload,
            headers,
            _replyTo[place] ??= string.Create(CultureInfo.InvariantCulture, $"{_inbox}.{place}"),
            NatsRawSerializer<ReadOnlyMemory<byte>>.Default);
    }

    private async Task ReadAnswersAsync()
    {
        var messages = _answers!.Msgs;
        while (await messages.WaitToReadAsync().ConfigureAwait(false))
        {
            while (messages.TryRead(out var message))
            {
                var place = int.Parse(message.Subject.AsSpan(_inbox.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture);
                var counter = Volatile.Read(ref _outstanding[place]) - 1;
                if (counter < 0)
                {
                    continue; // answered twice
                }

                OnAnswer(counter, place, message.HasNoResponders ? NoNode : message.Data);
                Volatile.Write(ref _outstanding[place], 0);
                if (_options.Rate == 0 && !_stopped)
                {
                    await SendAsync(place, Stopwatch.GetTimestamp()).ConfigureAwait(false);
                }
            }
        }
    }

    private static PublishAnswer NoNode { get; } = new(PublishOutcome.Refused, "no Pusher node listens on NATS");

    private void OnAnswer(long counter, int place, PublishAnswer answer)
    {
        switch (answer.Outcome)
        {
            case PublishOutcome.Accepted:
                _ledger.Accepted(_number, counter);
                _accepted++;
                var dueAt = _dueAt[place];
                if (dueAt >= Volatile.Read(ref _measureFrom) && dueAt < Volatile.Read(ref _measureTo))
                {
                    Answers.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(dueAt).TotalMicroseconds, 1, HighestMicroseconds));
                }

                break;
            case PublishOutcome.Refused:
                _ledger.Refused(_number, counter);
                _refused++;
                break;
        }

        if (answer.Problem is { } problem)
        {
            Note(problem);
        }

        _answered++;
    }

    private void Note(string problem) => Interlocked.CompareExchange(ref _problem, problem, null);
}
