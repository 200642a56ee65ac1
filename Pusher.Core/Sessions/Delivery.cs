using System.Buffers;
using Pusher.Core.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Core.Sessions;

/// <summary>
/// Sends the streams of one live session: go-back-N from the lowest unacknowledged, retry with backoff, gaps announced.
/// A mutable struct, because each of hundreds of thousands of sessions has exactly one, inline.
/// </summary>
internal struct Delivery
{
    // Nearly every device has one stream; only the others pay for an array.
    private DeliveryWindow _first;
    private DeliveryWindow[]? _more;

    public int WindowMessages { get; set; }

    public FrameFlags Flags { get; set; }

    /// <summary>When a stream wants to act next, monotonic milliseconds; <see cref="long.MaxValue"/> = never.</summary>
    public readonly long NextDueMs
    {
        get
        {
            var due = _first.Stream == 0 ? long.MaxValue : _first.DueMs;
            foreach (ref readonly var window in _more.AsSpan())
            {
                due = Math.Min(due, window.DueMs);
            }

            return due;
        }
    }

    /// <summary>Streams in use.</summary>
    public readonly int Count => _first.Stream == 0 ? 0 : 1 + (_more?.Length ?? 0);

    /// <summary>Takes up a stream where the store left it.</summary>
    public void Open(in StreamState state, SessionOptions options)
    {
        var acked = options.Breakage.HasFlag(SessionBreakage.Resume) ? state.LastSeq : state.AckedSeq;
        Add(new DeliveryWindow
        {
            Stream = state.Stream,
            Acked = acked,
            Sent = acked,
            MaxSent = acked,
            Stored = state.LastSeq,
            DueMs = long.MaxValue,
        });
    }

    /// <summary>How far the device has acknowledged each stream.</summary>
    public readonly StreamPosition[] Positions()
    {
        var positions = new StreamPosition[Count];
        for (var i = 0; i < positions.Length; i++)
        {
            ref readonly var window = ref i == 0 ? ref _first : ref _more![i - 1];
            positions[i] = new StreamPosition(window.Stream, window.Acked);
        }

        return positions;
    }

    /// <summary>A stream is over: what was on its way in it comes again in another one, if the store still has it.</summary>
    public void Close(uint stream)
    {
        for (var i = 0; i < Count; i++)
        {
            if (At(i).Stream == stream)
            {
                At(i) = At(Count - 1);
                RemoveLast();
                return;
            }
        }
    }

    /// <summary>Takes up a stream where the store left it, or goes on with it when it is known already.</summary>
    public void OpenOrGoOn(in StreamState state, SessionOptions options)
    {
        ref var window = ref Find(state.Stream, out var found);
        if (found)
        {
            window.Stored = Math.Max(window.Stored, state.LastSeq);
        }
        else
        {
            Open(in state, options);
        }
    }

    /// <summary>Asks for the first page of every stream that has something waiting.</summary>
    public void Start(SessionOptions options, ISessionActions actions)
    {
        for (var i = 0; i < Count; i++)
        {
            ReadMore(ref At(i), options, actions);
        }
    }

    /// <summary>A message was stored just now. Sent at once when it is the next one and the window has room.</summary>
    public void OnStored(in PushHead head, in FrameLease push, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref FindOrAdd(head.Stream);
        if (head.Seq <= window.Stored)
        {
            return; // a page was quicker than the ring
        }

        var next = window.Stored == window.Sent && head.Seq == window.Sent + 1 && !window.Reading;
        window.Stored = head.Seq;
        if (next && HasRoom(in window, options))
        {
            // Beyond everything that was stored, so never sent before: the frame goes out as it is.
            actions.Output.Write(push.Bytes(Flags));
            window.BytesInFlight += push.Length - FrameHeader.Size - PushHead.Size;
            Advance(ref window, head.Seq, time, options);
            actions.OnPushed(redelivery: false);
            return;
        }

        ReadMore(ref window, options, actions);
    }

    /// <summary>
    /// The stream holds messages through <paramref name="lastSeq"/>. When the device took them all, their acknowledgement was dropped
    /// on its way into the store (a full queue, a batch that failed), and nobody else will say it again while this session lives.
    /// </summary>
    public void OnRing(uint stream, ulong lastSeq, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref FindOrAdd(stream);
        if (lastSeq <= window.Acked)
        {
            actions.Acknowledge(stream, window.Acked);
            return;
        }

        window.Stored = Math.Max(window.Stored, lastSeq);
        ReadMore(ref window, options, actions);
    }

    /// <summary>A page that was asked for. One that no longer starts where the window ends is asked for again.</summary>
    public void OnPage(MessagePage page, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref Find(page.Stream, out var found);
        if (!found)
        {
            return;
        }

        window.Reading = false;
        window.Stored = Math.Max(window.Stored, page.LastSeq);
        if (page.AfterSeq == window.Sent)
        {
            if (page.Messages.Count > 0 && IsUsedUp(ref window, page.Messages[0], options))
            {
                window.Reading = true;
                actions.GiveUp(window.Stream, page.Messages[0].Seq);
                return;
            }

            SendPage(ref window, page, time, options, actions);
        }

        if (page.ThroughSeq == page.AfterSeq && page.AfterSeq == window.Sent)
        {
            // The store does not show (yet) what was rung for. Asking at once again would spin.
            ReadLater(ref window, time, options);
            return;
        }

        ReadMore(ref window, options, actions);
    }

    /// <summary>The store did not answer: try again after the acknowledgement time-out.</summary>
    public void OnReadFailed(uint stream, SessionTime time, SessionOptions options)
    {
        ref var window = ref Find(stream, out var found);
        if (found)
        {
            window.Reading = false;
            ReadLater(ref window, time, options);
        }
    }

    /// <summary>A message that would not be acknowledged has been ended: go on behind it.</summary>
    public void OnGivenUp(uint stream, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref Find(stream, out var found);
        if (found)
        {
            window.Reading = false;
            GoBack(ref window);
            window.Attempts = 0;
            ReadMore(ref window, options, actions);
        }
    }

    /// <summary>
    /// A cumulative acknowledgement. False when it names what is not even stored. One beyond what this session sent is right:
    /// a handler that outlived its connection acknowledges on the next one, maybe before the message was sent there again.
    /// </summary>
    public bool OnAck(uint stream, ulong seq, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref Find(stream, out var found);
        if (!found || seq <= window.Acked)
        {
            return true; // of a stream that was reset meanwhile, or said before
        }

        if (seq > window.Stored)
        {
            return false;
        }

        window.Acked = seq;
        window.Sent = Math.Max(window.Sent, seq);
        window.MaxSent = Math.Max(window.MaxSent, seq);
        window.Attempts = 0;
        if (window.InFlight == 0)
        {
            window.BytesInFlight = 0;
            window.DueMs = long.MaxValue;
        }
        else
        {
            window.DueMs = time.NowMs + options.AckTimeoutMs;
        }

        actions.Acknowledge(stream, seq);
        ReadMore(ref window, options, actions);
        return true;
    }

    /// <summary>Sends again what was not acknowledged in time, reads again what could not be read.</summary>
    public void OnTimer(SessionTime time, SessionOptions options, ISessionActions actions)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var window = ref At(i);
            if (window.DueMs <= time.NowMs)
            {
                OnDue(ref window, time, options, actions);
            }
        }
    }

    /// <summary>The connection is gone: what was on the way counts as tried.</summary>
    public void OnClosed(ISessionActions actions)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var window = ref At(i);
            if (window.InFlight > 0)
            {
                actions.RecordAttempts(window.Stream, window.Acked + 1, window.Attempts + 1);
            }
        }
    }

    private readonly void OnDue(ref DeliveryWindow window, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        window.DueMs = long.MaxValue;
        if (window.Reading)
        {
            window.DueMs = time.NowMs + options.AckTimeoutMs;
            return;
        }

        if (window.InFlight > 0)
        {
            if (options.Breakage.HasFlag(SessionBreakage.Retry))
            {
                return;
            }

            window.Attempts++;
            actions.RecordAttempts(window.Stream, window.Acked + 1, window.Attempts);
            GoBack(ref window);
        }

        ReadMore(ref window, options, actions);
    }

    private static void GoBack(ref DeliveryWindow window)
    {
        window.Sent = window.Acked;
        window.BytesInFlight = 0;
        window.DueMs = long.MaxValue;
    }

    private readonly bool IsUsedUp(ref DeliveryWindow window, StoredMessage head, SessionOptions options)
    {
        if (head.Seq != window.Acked + 1)
        {
            return false;
        }

        window.Attempts = Math.Max(window.Attempts, head.Attempts);
        if (head.Attempts > 0 && window.MaxSent == window.Acked)
        {
            // Tries are counted for the head alone; what stood behind it in an earlier session's window may have left as well.
            window.MaxSent = Math.Min(window.Stored, window.Acked + (ulong)WindowMessages);
        }

        return window.Attempts >= options.AttemptsMax;
    }

    // Messages and gaps, merged in order of seq.
    private readonly void SendPage(ref DeliveryWindow window, MessagePage page, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        var gap = 0;
        foreach (var message in page.Messages)
        {
            Skip(ref window, message.Seq - 1, page, ref gap, time, options, actions);
            if (!HasRoom(in window, options))
            {
                return;
            }

            Push(ref window, message, time, options, actions);
        }

        Skip(ref window, page.ThroughSeq, page, ref gap, time, options, actions);
    }

    private readonly void Skip(ref DeliveryWindow window, ulong throughSeq, MessagePage page, ref int gap, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        while (window.Sent < throughSeq)
        {
            while (gap < page.Gaps.Count && page.Gaps[gap].LastSeq <= window.Sent)
            {
                gap++;
            }

            var last = throughSeq;
            var reason = SkipReason.Unspecified;
            if (gap < page.Gaps.Count && page.Gaps[gap].FirstSeq <= window.Sent + 1)
            {
                last = Math.Min(last, page.Gaps[gap].LastSeq);
                reason = page.Gaps[gap].Reason;
            }
            else if (gap < page.Gaps.Count)
            {
                last = Math.Min(last, page.Gaps[gap].FirstSeq - 1);
            }

            FrameWriter.WriteSkipped(actions.Output, Flags, window.Stream, window.Sent + 1, last, reason);
            Advance(ref window, last, time, options);
        }
    }

    private readonly void Push(ref DeliveryWindow window, StoredMessage message, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        var redelivery = message.Seq <= window.MaxSent || message.Attempts > 0;
        var head = new PushHead
        {
            MessageId = message.MessageId,
            Stream = window.Stream,
            Seq = message.Seq,
            Flags = redelivery ? PushFlags.Redelivery : PushFlags.None,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        };
        FrameWriter.WritePush(actions.Output, Flags, in head, message.Payload.Span);
        window.BytesInFlight += message.Payload.Length;
        Advance(ref window, message.Seq, time, options);
        actions.OnPushed(redelivery);
    }

    private static void Advance(ref DeliveryWindow window, ulong seq, SessionTime time, SessionOptions options)
    {
        // The first in flight starts the time-out; a deadline that stands with none in flight was for reading again.
        if (window.InFlight == 0 || window.DueMs == long.MaxValue)
        {
            var shift = Math.Min(window.Attempts, 20);
            window.DueMs = time.NowMs + Math.Min((long)options.AckTimeoutMs << shift, options.AckTimeoutMaxMs);
        }

        window.Sent = seq;
        window.MaxSent = Math.Max(window.MaxSent, seq);
    }

    private readonly bool HasRoom(in DeliveryWindow window, SessionOptions options)
        => window.InFlight < WindowMessages && (window.BytesInFlight < options.WindowBytes || window.InFlight == 0);

    private readonly void ReadMore(ref DeliveryWindow window, SessionOptions options, ISessionActions actions)
    {
        if (!window.Reading && window.Stored > window.Sent && HasRoom(in window, options))
        {
            window.Reading = true;
            var bytes = Math.Max(1, options.WindowBytes - window.BytesInFlight);
            actions.ReadPage(window.Stream, window.Sent, WindowMessages - window.InFlight, bytes);
        }
    }

    // With messages in flight their acknowledgement, or its time-out, leads to the next read; its deadline must not move.
    private static void ReadLater(ref DeliveryWindow window, SessionTime time, SessionOptions options)
    {
        if (window.InFlight == 0)
        {
            window.DueMs = time.NowMs + options.AckTimeoutMs;
        }
    }

    private void Add(in DeliveryWindow window)
    {
        if (_first.Stream == 0)
        {
            _first = window;
            return;
        }

        var more = new DeliveryWindow[(_more?.Length ?? 0) + 1];
        _more.AsSpan().CopyTo(more);
        more[^1] = window;
        _more = more;
    }

    private void RemoveLast()
    {
        if (_more is null)
        {
            _first = default;
        }
        else
        {
            _more = _more.Length > 1 ? _more[..^1] : null;
        }
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref DeliveryWindow At(int index)
    {
        if (index == 0)
        {
            return ref _first;
        }

        return ref _more![index - 1];
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref DeliveryWindow Find(uint stream, out bool found)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var window = ref At(i);
            if (window.Stream == stream)
            {
                found = true;
                return ref window;
            }
        }

        found = false;
        return ref _first;
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref DeliveryWindow FindOrAdd(uint stream)
    {
        ref var window = ref Find(stream, out var found);
        if (found)
        {
            return ref window;
        }

        Add(new DeliveryWindow { Stream = stream, DueMs = long.MaxValue });
        return ref At(Count - 1);
    }
}
