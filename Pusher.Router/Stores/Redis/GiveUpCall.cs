namespace Pusher.Router.Stores.Redis;

/// <summary>Ends a message as dead.</summary>
internal sealed class GiveUpCall : StoreCall<ulong?>
{
    public override void Write(ArgumentList arguments, in StoreRequest request)
    {
        arguments.AddHead("g", request);
        arguments.Add(request.Stream);
        arguments.Add(request.Number);
    }

    protected override ulong? ReadResult(ref AnswerReader answer) => answer.ReadId();
}
