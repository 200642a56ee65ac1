using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Simulation;

/// <summary>The rules of one stream in one session.</summary>
public sealed class StreamMonitor(SimWorld world, SessionMonitor session, uint stream, ulong acked)
{
    private readonly Queue<(ulong Seq, int Bytes)> _inFlight = new();
    private ulong _acked = acked;
    private ulong _sent = acked;
    private ulong _maxSent = acked;
    private long _quietSinceMs;
    private int _attempts;
    private ulong _attemptsSeq;
    private bool _goesBack;

    public uint Stream { get; } = stream;

    public void OnPush(in PushHead head, int bytes, int window)
    {
        var options = world.Profile.Session;
        Send(head.Seq, head.Seq, "PUSH");
        if (head.Seq > _acked + (ulong)window)
        {
            session.Violate($"PUSH {Stream}:{head.Seq} outside the window of {window} behind {_acked}");
        }

        if (_inFlight.Count > 0 && _inFlight.Sum(m => (long)m.Bytes) >= options.WindowBytes)
        {
            session.Violate($"PUSH {Stream}:{head.Seq} beyond the window of {options.WindowBytes} bytes");
        }

        _inFlight.Enqueue((head.Seq, bytes));
        var message = session.FindMessage(Stream, head.Seq);
        if (message is null)
        {
            return; // of a stream that the store lost meanwhile
        }

        message.Pushes++;
        if (message.Id != head.MessageId)
        {
            session.Violate($"PUSH {Stream}:{head.Seq} with id {head.MessageId}, stored is {message.Id}");
        }
    }

    public void OnSkipped(ulong first, ulong last)
    {
        Send(first, last, "SKIPPED");
        for (var seq = first; seq <= last; seq++)
        {
            if (session.FindMessage(Stream, seq) is { State: MessageState.Pending })
            {
                session.Violate($"SKIPPED over {Stream}:{seq}, which is pending");
            }
        }
    }

    public void OnAcknowledge(ulong seq)
    {
        if (seq == _acked && seq > 0)
        {
            return; // said again, because the store rang for what was acknowledged
        }

        // Beyond what this session sent is right: a handler that outlived its connection is acknowledged on the next one.
        if (seq <= _acked || (seq > _maxSent && session.FindMessage(Stream, seq) is null))
        {
            session.Violate($"acknowledged {Stream}:{seq}, acknowledged was {_acked}, sent {_maxSent}");
        }

        _acked = Math.Max(_acked, seq);
        _sent = Math.Max(_sent, seq);
        _maxSent = Math.Max(_maxSent, seq);
        _quietSinceMs = world.Scheduler.NowMs;
        while (_inFlight.TryPeek(out var head) && head.Seq <= seq)
        {
            _inFlight.Dequeue();
        }
    }

    public void OnAttempts(ulong seq, int attempts)
    {
        if (seq == _attemptsSeq && attempts <= _attempts)
        {
            session.Violate($"attempts of {Stream}:{seq} went from {_attempts} to {attempts}");
        }

        _attemptsSeq = seq;
        _attempts = attempts;
    }

    /// <summary>The session gave up waiting for an acknowledgement: what was sent may come again.</summary>
    public void OnTimedOut()
    {
        var quietMs = world.Scheduler.NowMs - _quietSinceMs;
        if (quietMs < world.Profile.Session.AckTimeoutMs)
        {
            session.Violate($"no patience for {Stream}:{_acked + 1}: {quietMs} ms");
        }

        _goesBack = true;
    }

    /// <summary>What is tried from now on is its SKIPPED, and counts anew.</summary>
    public void OnGiveUp()
    {
        _attempts = 0;
        _goesBack = true;
    }

    // Contiguous, or back to the lowest unacknowledged: and that only after a time-out or a give-up.
    private void Send(ulong first, ulong last, string what)
    {
        if (first == _acked + 1)
        {
            if (first <= _maxSent && !_goesBack)
            {
                session.Violate($"{what} {Stream}:{first} again without a time-out");
            }

            _quietSinceMs = world.Scheduler.NowMs;
            _inFlight.Clear();
        }
        else if (first != _sent + 1)
        {
            session.Violate($"{what} {Stream}:{first} follows {_sent}, acknowledged {_acked}");
        }

        _sent = last;
        _goesBack &= last < _maxSent;
        _maxSent = Math.Max(_maxSent, last);
    }
}
