using System.Buffers;

namespace Pusher.Core.Protocol;

/// <summary>Makes a payload that may be split into one span.</summary>
public static class FramePayload
{
    /// <summary>
    /// The payload as one span: itself when it is in one piece, which is the rule, else a copy in <paramref name="scratch"/>.
    /// A split payload longer than the scratch is cut to the scratch's length: for a frame of fixed size what is behind is room
    /// for later versions, so a scratch of the largest size this version knows is enough. For frames with TLVs to the end
    /// (HELLO, CHALLENGE, PROOF, WELCOME) the scratch must hold <see cref="ProtocolLimits.LoginPayloadBytesMax"/> bytes.
    /// </summary>
    public static ReadOnlySpan<byte> Linearize(scoped in ReadOnlySequence<byte> payload, Span<byte> scratch)
    {
        if (payload.IsSingleSegment)
        {
            return payload.FirstSpan;
        }

        var length = (int)Math.Min(payload.Length, scratch.Length);
        payload.Slice(0, length).CopyTo(scratch);
        return scratch[..length];
    }
}
