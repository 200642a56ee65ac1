namespace Pusher.Router.Stores.Redis;

/// <summary>A request whose answer somebody awaits. The lane ends it exactly once, by <see cref="Read"/> or <see cref="Fail"/>.</summary>
internal abstract class StoreCall
{
    /// <summary>False for one that only waits for what was handed in before it.</summary>
    public virtual bool IsSent => true;

    /// <summary>Adds the request's letter, the device and its arguments.</summary>
    public abstract void Write(RequestBuffer buffer, in StoreRequest request);

    /// <summary>Takes the answer.</summary>
    public abstract void Read(ref AnswerReader answer);

    public abstract void Fail(Exception cause);
}
