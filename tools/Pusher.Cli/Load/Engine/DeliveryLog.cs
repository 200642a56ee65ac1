using System.Buffers;
using System.Diagnostics;
using Pusher.Cli.Load.Checking;

namespace Pusher.Cli.Load.Engine;

/// <summary>Takes what devices of one engine hand over, whatever the protocol: tells the checker, and measures the latency.</summary>
/// <remarks>Threading: on the engine's thread only; <see cref="MeasureFrom"/> and <see cref="MeasureTo"/> may be set from any.</remarks>
internal sealed class DeliveryLog(MessageLedger ledger, EngineCounters counters, int publishers)
{
    private long _measureFrom = long.MaxValue;
    private long _measureTo = long.MaxValue;

    /// <summary>Messages that counted, so far.</summary>
    public long Count { get; private set; }

    /// <summary>The first time stamp whose messages count for the latency.</summary>
    public long MeasureFrom
    {
        set => Volatile.Write(ref _measureFrom, value);
    }

    /// <summary>The time stamp from which on messages do not count any more.</summary>
    public long MeasureTo
    {
        set => Volatile.Write(ref _measureTo, value);
    }

    /// <summary>A device hands the body of a message over.</summary>
    public void HandOver(ref LoadDevice device, in ReadOnlySequence<byte> body)
    {
        if (!LoadPayload.TryRead(in body, out var message))
        {
            message = new LoadPayload(~ledger.Run, 0, device.Number, 0, 0); // somebody else's
        }

        var place = FanoutPlace.Other;
        if (!(ledger.Fanout is { } fanout ? fanout.HandOver(in message, device.Number, out place) : HandOver(ref device, in message)))
        {
            return;
        }

        Count++;
        if (message.DueAt >= Volatile.Read(ref _measureFrom) && message.DueAt < Volatile.Read(ref _measureTo))
        {
            counters.Delivered(Stopwatch.GetElapsedTime(message.DueAt), place);
        }
    }

    private bool HandOver(ref LoadDevice device, in LoadPayload message)
    {
        device.Counters ??= NoCounters();
        var isOurs = message.Run == ledger.Run && message.Publisher < publishers;
        if (!ledger.HandOver(in message, device.Number, isOurs ? device.Counters[message.Publisher] : -1))
        {
            return false;
        }

        device.Counters[message.Publisher] = message.Counter;
        return true;
    }

    private long[] NoCounters()
    {
        var none = new long[publishers];
        Array.Fill(none, -1);
        return none;
    }
}
