using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Redis;

/// <summary>A login: what the device has seen, and what the store makes of it.</summary>
internal sealed class OpenCall(ReadOnlyMemory<StreamPosition> seen) : StoreCall<OpenAnswer>
{
    public override void Write(ArgumentList arguments, in StoreRequest request)
    {
        arguments.AddHead("o", request);
        arguments.Add(ArgumentList.DrawStream());
        arguments.Add(seen.Length);
        foreach (var position in seen.Span)
        {
            arguments.Add(position.Stream);
            arguments.Add(position.Seq);
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
