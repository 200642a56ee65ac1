using System.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;

namespace Pusher.Tests.Simulation;

/// <summary>
/// Watches what one session writes and asks for, frame by frame, and holds it against the protocol: order, window, gaps,
/// retry times, silence after the end.
/// </summary>
public sealed class SessionMonitor(SimWorld world, SimNode node, DeviceSession session)
{
    private readonly List<StreamMonitor> _streams = [];
    private bool _ended;
    private long _readsAtMs;
    private int _readsInAMs;
    private int _window;

    /// <summary>A newer login took over, and the session was told.</summary>
    public bool IsReplaced { get; set; }

    private string Who => session.Device.Device ?? node.Name;

    public void OnOpened(DeviceOpened opened)
    {
        foreach (var state in opened.Streams)
        {
            _streams.Add(new StreamMonitor(world, this, state.Stream, state.AckedSeq));
        }
    }

    public void OnOutput(ReadOnlyMemory<byte> bytes)
    {
        if (IsReplaced)
        {
            Violate("bytes from a session that was replaced");
        }

        var rest = new ReadOnlySequence<byte>(bytes);
        while (!rest.IsEmpty)
        {
            if (FrameReader.TryRead(ref rest, int.MaxValue, out var header, out var payload, out var error) != FrameReadStatus.Frame)
            {
                Violate($"wrote no frame: {error}");
                return;
            }

            OnFrame(header.Type, payload);
        }
    }

    public void OnAcknowledge(uint stream, ulong seq) => Find(stream).OnAcknowledge(seq);

    public void OnAttempts(uint stream, ulong seq, int attempts, bool closing)
    {
        Find(stream).OnAttempts(seq, attempts);
        if (!closing)
        {
            Find(stream).OnTimedOut();
        }
    }

    public void OnReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
        if (stream == 0 || messagesMax < 1 || bytesMax < 1)
        {
            Violate($"asked for a page of stream {stream} after {afterSeq}, {messagesMax} messages, {bytesMax} bytes");
        }

        _readsInAMs = _readsAtMs == world.Scheduler.NowMs ? _readsInAMs + 1 : 0;
        _readsAtMs = world.Scheduler.NowMs;
        if (_readsInAMs > 100)
        {
            Violate("reads without end");
        }
    }

    public void OnGiveUp(SimMessage message)
    {
        if (message.State == MessageState.Pending && message.Pushes < world.Profile.Session.AttemptsMax)
        {
            Violate($"gave up {message.Stream}:{message.Seq} after {message.Pushes} tries");
        }

        Find(message.Stream).OnGiveUp();
    }

    /// <summary>A message of the store, as the session may send it.</summary>
    public SimMessage? FindMessage(uint stream, ulong seq) => world.Store.Find(session.Device, stream, seq);

    public void Violate(string what) => world.Violate(Who, what);

    private void OnFrame(FrameType type, in ReadOnlySequence<byte> payload)
    {
        if (_ended)
        {
            Violate($"{type} after the farewell");
        }

        var bytes = payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray();
        switch (type)
        {
            case FrameType.Push when PushHead.TryRead(payload, out var head, out var body):
                world.Trace.Note(Who, "push stream seq flags", head.Stream, head.Seq, (ulong)head.Flags);
                Find(head.Stream).OnPush(head, (int)body.Length, _window);
                break;
            case FrameType.Skipped when SkippedFrame.TryRead(bytes, out var skipped):
                world.Trace.Note(Who, "skipped stream first last", skipped.Stream, skipped.FirstSeq, skipped.LastSeq);
                Find(skipped.Stream).OnSkipped(skipped.FirstSeq, skipped.LastSeq);
                break;
            case FrameType.Welcome when WelcomeFrame.TryRead(bytes, out var welcome):
                OnWelcome(welcome.Window);
                break;
            case FrameType.Reset when ResetFrame.TryRead(bytes, out var reset):
                world.Trace.Note(Who, "reset old new lost", reset.OldStream, reset.NewStream, reset.Lost);
                break;
            case FrameType.Refused or FrameType.GoAway:
                _ended = true;
                break;
            case FrameType.Challenge or FrameType.Heartbeat or FrameType.EventAck:
                break;
            default:
                Violate($"wrote an unexpected or malformed {type}");
                break;
        }
    }

    private void OnWelcome(int window)
    {
        if (_window != 0)
        {
            Violate("a second WELCOME");
        }

        _window = window;
    }

    private StreamMonitor Find(uint stream)
    {
        var found = _streams.Find(s => s.Stream == stream);
        if (found is null)
        {
            found = new StreamMonitor(world, this, stream, 0);
            _streams.Add(found);
        }

        return found;
    }
}
