using System.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// Results on their way to the server. A DONE that was written on a connection which was then cut may or may not have arrived,
/// and the acknowledgement behind it may have, so that the message never comes again: such a result would be lost. So a
/// result is kept until the server answered a heartbeat sent after it, and goes out again on the next connection until then.
/// The server takes the second as a repetition.
/// </summary>
internal sealed class ResultOutbox
{
    /// <summary>Results kept at most; beyond, the oldest is given up. Far above any window.</summary>
    public const int CountMax = 1024;

    private readonly Queue<(ulong MessageId, HandlingResult Result)> _waiting = new();
    private readonly Queue<(ulong MessageId, HandlingResult Result, ulong Heartbeat)> _written = new();
    private ulong _heartbeatsSent;
    private ulong _heartbeatsAnswered;

    /// <summary>Adds a result.</summary>
    public void Add(ulong messageId, in HandlingResult result)
    {
        if (_waiting.Count + _written.Count == CountMax && !_written.TryDequeue(out _))
        {
            _waiting.Dequeue();
        }

        _waiting.Enqueue((messageId, result));
    }

    /// <summary>A new connection: all that is not confirmed goes out again, in order.</summary>
    public void Restart()
    {
        _heartbeatsSent = 0;
        _heartbeatsAnswered = 0;
        var later = _waiting.ToArray();
        _waiting.Clear();
        foreach (var (messageId, result, _) in _written)
        {
            _waiting.Enqueue((messageId, result));
        }

        _written.Clear();
        Array.ForEach(later, _waiting.Enqueue);
    }

    /// <summary>Writes a DONE for each waiting result.</summary>
    public void Write(IBufferWriter<byte> output, FrameFlags flags)
    {
        while (_waiting.TryDequeue(out var next))
        {
            FrameWriter.WriteDone(output, flags, next.MessageId, next.Result.Result, next.Result.Text);
            _written.Enqueue((next.MessageId, next.Result, _heartbeatsSent + 1));
        }
    }

    /// <summary>A heartbeat went out.</summary>
    public void OnHeartbeatSent() => _heartbeatsSent++;

    /// <summary>The server answered one; answers come in order, so everything written before that heartbeat has arrived.</summary>
    public void OnHeartbeatAnswered()
    {
        if (_heartbeatsAnswered == _heartbeatsSent)
        {
            return; // the server's own; confirms nothing
        }

        _heartbeatsAnswered++;
        while (_written.TryPeek(out var head) && head.Heartbeat <= _heartbeatsAnswered)
        {
            _written.Dequeue();
        }
    }
}
