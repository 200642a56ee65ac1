using Pusher.Core.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Router.Dispatch;

/// <summary>Encodes a message into a pooled frame.</summary>
public static class PushFrame
{
    /// <summary>A frame with one reference, the caller's. The payload is copied.</summary>
    public static FrameLease Rent(SharedFramePool frames, in PushHead head, ReadOnlySpan<byte> payload)
    {
        var frame = frames.Rent(FrameHeader.Size + PushHead.Size + payload.Length, out var output);
        FrameWriter.WritePush(output, FrameFlags.None, in head, payload);
        return frame;
    }
}
