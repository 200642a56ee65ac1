using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

/// <summary>A frame that the client wrote.</summary>
internal sealed record SentFrame(FrameType Type, FrameFlags Flags, byte[] Payload)
{
    /// <summary>"ack 7/3", "done 100 Printed", "heartbeat": what tests compare.</summary>
    public override string ToString()
    {
        switch (Type)
        {
            case FrameType.Ack:
                Assert.True(AckFrame.TryRead(Payload, out var ack));
                return $"ack {ack.Stream}/{ack.Seq}";
            case FrameType.Done:
                Assert.True(DoneFrame.TryRead(Payload, out var done));
                return $"done {done.MessageId} {done.Result}";
            default:
                return Type.ToString().ToLowerInvariant();
        }
    }
}
