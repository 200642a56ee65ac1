using System.Buffers;

namespace Pusher.Tests.Simulation;

/// <summary>
/// One direction of a connection: bytes arrive in order, late, and in other pieces than they were sent in. The receiver takes
/// what it can use; the rest stays for the next time.
/// </summary>
public sealed class SimPipe(SimWorld world, SimRandom random, int latencyMaxMs)
{
    private readonly List<byte[]> _unread = [];
    private long _lastArrivalMs;
    private int _extraMs;

    /// <summary>Gets the unread bytes; returns how far it consumed them.</summary>
    public Func<ReadOnlySequence<byte>, SequencePosition>? Receiver { get; set; }

    /// <summary>Nothing more arrives: the connection is cut here.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Bytes arrive this much later from now on: a link that stalls.</summary>
    public void Stall(int extraMs) => _extraMs = extraMs;

    public void Break()
    {
        IsBroken = true;
        _unread.Clear();
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!IsBroken && !bytes.IsEmpty)
        {
            var length = random.Chance(0.8) ? bytes.Length : random.Between(1, bytes.Length);
            var chunk = bytes[..length].ToArray();
            bytes = bytes[length..];
            world.Scheduler.At(NextArrivalMs(), () => Arrive(chunk));
        }
    }

    /// <summary>Runs <paramref name="action"/> once everything sent before has arrived: the end of the stream.</summary>
    public void AfterAll(Action action) => world.Scheduler.At(NextArrivalMs(), action);

    private long NextArrivalMs()
    {
        var latency = world.IsStorming ? random.Skewed(0, latencyMaxMs) + _extraMs : random.Between(0, 20);
        _lastArrivalMs = Math.Max(_lastArrivalMs, world.Scheduler.NowMs + latency);
        return _lastArrivalMs;
    }

    private void Arrive(byte[] chunk)
    {
        if (IsBroken || Receiver is null)
        {
            return;
        }

        _unread.Add(chunk);
        var sequence = SimSegment.Join(_unread);
        var rest = sequence.Slice(Receiver(sequence)).ToArray();
        _unread.Clear();
        if (rest.Length > 0 && !IsBroken)
        {
            Split(rest);
        }
    }

    // What is left is kept in pieces, so that the next frame is cut across segments.
    private void Split(byte[] rest)
    {
        var at = random.Between(0, rest.Length);
        if (at is > 0 && at < rest.Length)
        {
            _unread.Add(rest[..at]);
            _unread.Add(rest[at..]);
        }
        else
        {
            _unread.Add(rest);
        }
    }
}
