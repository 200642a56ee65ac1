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
    private DeliveryWindows _windows;

    public int WindowMessages { get; set; }

    public FrameFlags Flags { get; set; }

    /// <summary>When a stream wants to act next, monotonic milliseconds; <see cref="long.MaxValue"/> = never.</summary>
    public readonly long NextDueMs => _windows.NextDueMs;

    /// <summary>Streams in use.</summary>
    public readonly int Count => _windows.Count;

    /// <summary>Takes up a stream where the store left it.</summary>
    public void Open(in StreamState state, SessionOptions options)
    {
        var acked = options.Breakage.HasFlag(SessionBreakage.Resume) ? state.LastSeq : state.AckedSeq;
        _windows.Add(new DeliveryWindow
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
    public readonly StreamPosition[] Positions() => _windows.Positions();

    /// <summary>A stream is over: what was on its way in it comes again in another one, if the store still has it.</summary>
    public void Close(uint stream) => _windows.Remove(stream);

    /// <summary>Takes up a stream where the store left it, or goes on with it when it is known already.</summary>
    public void OpenOrGoOn(in StreamState state, SessionOptions options)
    {
        ref var window = ref _windows.Find(state.Stream, out var found);
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
            ReadMore(ref _windows.At(i), options, actions);
        }
    }

    /// <summary>A message was stored just now. Sent at once when it is the next one and the window has room.</summary>
    public void OnStored(in PushHead head, in FrameLease push, SessionTime time, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref _windows.FindOrAdd(head.Stream);
        if (head.Seq <= window.Stored)
        {
            return; // a page was quicker than the ring
        }

        var next = window.Stored == window.Sent && head.Seq == window.Sent + 1 && !window.Reading;
        window.Stored = head.Seq;
        if (next && window.HasRoom(WindowMessages, options))
        {
            // Beyond everything that was stored, so never sent before: the frame goes out as it is.
            actions.Output.Write(push.Bytes(Flags));
            window.BytesInFlight += push.Length - FrameHeader.Size - PushHead.Size;
            window.Advance(head.Seq, time, options);
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
        ref var window = ref _windows.FindOrAdd(stream);
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
        ref var window = ref _windows.Find(page.Stream, out var found);
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

            new PageSender(Flags, WindowMessages, time, options, actions).Send(ref window, page);
        }

        if (page.ThroughSeq == page.AfterSeq && page.AfterSeq == window.Sent)
        {
            // The store does not show (yet) what was rung for. Asking at once again would spin.
            window.ReadLater(time, options);
            return;
        }

        ReadMore(ref window, options, actions);
    }

    /// <summary>The store did not answer: try again after the acknowledgement time-out.</summary>
    public void OnReadFailed(uint stream, SessionTime time, SessionOptions options)
    {
        ref var window = ref _windows.Find(stream, out var found);
        if (found)
        {
            window.Reading = false;
            window.ReadLater(time, options);
        }
    }

    /// <summary>A message that would not be acknowledged has been ended: go on behind it.</summary>
    public void OnGivenUp(uint stream, SessionOptions options, ISessionActions actions)
    {
        ref var window = ref _windows.Find(stream, out var found);
        if (found)
        {
            window.Reading = false;
            window.GoBack();
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
        ref var window = ref _windows.Find(stream, out var found);
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
            ref var window = ref _windows.At(i);
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
            ref var window = ref _windows.At(i);
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
            window.GoBack();
        }

        ReadMore(ref window, options, actions);
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

    private readonly void ReadMore(ref DeliveryWindow window, SessionOptions options, ISessionActions actions)
    {
        if (!window.Reading && window.Stored > window.Sent && window.HasRoom(WindowMessages, options))
        {
            window.Reading = true;
            var bytes = Math.Max(1, options.WindowBytes - window.BytesInFlight);
            actions.ReadPage(window.Stream, window.Sent, WindowMessages - window.InFlight, bytes);
        }
    }
}
