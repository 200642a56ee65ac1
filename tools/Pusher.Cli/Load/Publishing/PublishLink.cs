using System.Buffers;
using System.Diagnostics;
using HdrHistogram;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Report;
using Pusher.Transport;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// One publishing connection: what is outstanding on it and how it was answered. The number of a message names a place in a ring, so that an answer
/// finds its publish without a dictionary, a task or a timer.
/// </summary>
/// <remarks>Threading: on the reactor's thread; the numbers readable from any, the histogram only when the run has ended.</remarks>
internal sealed class PublishLink : IPublishEvents
{
    private const int RingSize = 1 << 17;

    private readonly IPublishProtocol _protocol;
    private readonly MessageLedger _ledger;
    private readonly long[] _outstanding; // counter + 1; 0 = free
    private readonly long[] _dueAt;
    private readonly byte[] _payload;
    private long _published;
    private long _accepted;
    private long _refused;
    private long _waiting;
    private string? _problem;

    public PublishLink(int number, IPublishProtocol protocol, MessageLedger ledger, int payloadBytes)
    {
        Number = number;
        _protocol = protocol;
        _ledger = ledger;
        _payload = new byte[payloadBytes];
        _outstanding = new long[protocol.HasAnswers ? Math.Min(RingSize, protocol.OutstandingMax) : 0];
        _dueAt = new long[_outstanding.Length];
    }

    /// <summary>Which of the publishers it is, from 0.</summary>
    public int Number { get; }

    public ConnectionId Connection { get; set; }

    /// <summary>True while the server can be published to.</summary>
    public bool IsReady { get; private set; }

    public bool HasAnswers => _protocol.HasAnswers;

    /// <summary>Messages that go out together.</summary>
    public int BatchSize => _protocol.BatchSize;

    /// <summary>Messages that were published and that <see cref="Flush"/> is to write.</summary>
    public int Gathered => IsReady ? _protocol.Gathered : 0;

    public long Published => Volatile.Read(ref _published);

    public long Accepted => Volatile.Read(ref _accepted);

    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Publishes that wait for their answer.</summary>
    public long Outstanding => Volatile.Read(ref _waiting);

    /// <summary>The first refusal or failure; null = none.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>From due until answered, in nanoseconds.</summary>
    public LongHistogram Answers { get; } = Latency.NewHistogram();

    public long MeasureFrom { get; set; } = long.MaxValue;

    public long MeasureTo { get; set; } = long.MaxValue;

    /// <summary>When an answer came, or its connection; a time stamp.</summary>
    public long ProgressAt { get; private set; }

    /// <summary>The place of the next message is free.</summary>
    public bool HasRoom => IsReady && (_outstanding.Length == 0 || _outstanding[_published % _outstanding.Length] == 0);

    /// <summary>True while the publish of that number waits for its answer.</summary>
    public bool IsOutstanding(long counter) => counter >= 0 && _outstanding.Length > 0 && _outstanding[counter % _outstanding.Length] == counter + 1;

    public void Greet(IBufferWriter<byte> output)
    {
        if (_protocol.Greet(output))
        {
            OnReady();
        }
    }

    public string? Read(ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output) => _protocol.Read(ref bytes, output, this);

    /// <summary>The connection is gone, and with it the answers that were under way.</summary>
    public void Close()
    {
        IsReady = false;
        Forget();
    }

    /// <summary>Waits no more for what is outstanding; nobody knows what became of it.</summary>
    public void Forget()
    {
        Array.Clear(_outstanding);
        Volatile.Write(ref _waiting, 0);
        ProgressAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Publishes the next message; there must be room.</summary>
    /// <param name="output">Of this connection.</param>
    /// <param name="device">The number of the device; -1 = all.</param>
    /// <param name="dueAt">A time stamp.</param>
    public void Publish(IBufferWriter<byte> output, int device, long dueAt)
    {
        var counter = _published;
        new LoadPayload(_ledger.Run, Number, device, counter, dueAt).Write(_payload);
        _ledger.Published(Number, counter);
        if (_outstanding.Length > 0)
        {
            var place = counter % _outstanding.Length;
            _outstanding[place] = counter + 1;
            _dueAt[place] = dueAt;
            Volatile.Write(ref _waiting, _waiting + 1);
        }
        else
        {
            _ledger.Accepted(Number, counter);
            Volatile.Write(ref _accepted, _accepted + 1);
        }

        Volatile.Write(ref _published, counter + 1);
        _protocol.Publish(output, device, counter, _payload);
    }

    /// <summary>The turn is over: what is less than a batch goes out as well.</summary>
    public void Flush(IBufferWriter<byte> output) => _protocol.Flush(output);

    public void OnReady()
    {
        IsReady = true;
        ProgressAt = Stopwatch.GetTimestamp();
    }

    public void OnAnswer(long counter, PublishAnswer answer)
    {
        var place = counter % Math.Max(1, _outstanding.Length);
        if (counter < 0 || counter >= _published || _outstanding[place] != counter + 1)
        {
            return; // answered twice, or too late
        }

        _outstanding[place] = 0;
        Volatile.Write(ref _waiting, _waiting - 1);
        ProgressAt = Stopwatch.GetTimestamp();
        Count(counter, answer.Outcome, _dueAt[place]);
        if (answer.Problem is { } problem)
        {
            Note(problem);
        }
    }

    /// <summary>The first one stays.</summary>
    public void Note(string problem) => Interlocked.CompareExchange(ref _problem, problem, null);

    private void Count(long counter, PublishOutcome outcome, long dueAt)
    {
        switch (outcome)
        {
            case PublishOutcome.Accepted:
                _ledger.Accepted(Number, counter);
                Volatile.Write(ref _accepted, _accepted + 1);
                if (dueAt >= MeasureFrom && dueAt < MeasureTo)
                {
                    Latency.Record(Answers, Stopwatch.GetElapsedTime(dueAt, ProgressAt));
                }

                break;
            case PublishOutcome.Refused:
                _ledger.Refused(Number, counter);
                Volatile.Write(ref _refused, _refused + 1);
                break;
        }
    }
}
