namespace Pusher.Router.Stores.Redis;

/// <summary>Ends a message as dead.</summary>
internal sealed class GiveUpCall : StoreCall<ulong?>
{
    public override void Write(RequestBuffer buffer, in StoreRequest request)
    {
        buffer.AddHead('g', request);
        buffer.AddUInt32(request.Stream);
        buffer.AddSeq(request.Number);
    }

    protected override ulong? ReadResult(ref AnswerReader answer) => answer.ReadId();
}
