namespace Pusher.Router.Stores.Redis;

/// <summary>Ends when everything that was handed in before is answered.</summary>
internal sealed class FlushCall : StoreCall<bool>
{
    public override bool IsSent => false;

    public override void Write(RequestBuffer buffer, in StoreRequest request) => throw new InvalidOperationException("A flush is not sent.");

    /// <summary>What was before it is answered.</summary>
    public void End()
    {
        var nothing = new AnswerReader([]);
        Read(ref nothing);
    }

    protected override bool ReadResult(ref AnswerReader answer) => true;
}
