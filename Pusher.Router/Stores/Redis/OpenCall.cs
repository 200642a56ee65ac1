using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Redis;

/// <summary>A login: what the device has seen, and what the store makes of it.</summary>
internal sealed class OpenCall(ReadOnlyMemory<StreamPosition> seen) : StoreCall<OpenAnswer>
{
    private const int PositionBytes = 10;

    public override void Write(RequestBuffer buffer, in StoreRequest request)
    {
        buffer.AddHead('o', request);
        buffer.AddNewStream();
        buffer.AddUInt16(seen.Length * PositionBytes);
        foreach (var position in seen.Span)
        {
            buffer.AddUInt32(position.Stream);
            buffer.AddSeq(position.Seq);
        }
    }

    protected override OpenAnswer ReadResult(ref AnswerReader answer)
    {
        if (answer.ReadByte() == 0)
        {
            answer.ReadUInt16(); // no losses, no resets
            return new OpenAnswer(new DeviceOpened([], []), 0);
        }

        var stream = answer.ReadUInt32();
        var acked = answer.ReadUInt48();
        var last = answer.ReadUInt48();
        var losses = answer.ReadByte();
        var resets = new StreamReset[answer.ReadByte()];
        for (var i = 0; i < resets.Length; i++)
        {
            resets[i] = new StreamReset(answer.ReadUInt32(), stream, answer.ReadUInt32());
        }

        return new OpenAnswer(new DeviceOpened([new StreamState(stream, acked, last)], resets), losses);
    }
}
