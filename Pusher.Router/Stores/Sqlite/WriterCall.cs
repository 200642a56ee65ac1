namespace Pusher.Router.Stores.Sqlite;

/// <summary>Something to do in the writer's transaction whose caller waits for the commit.</summary>
/// <remarks>Threading: made by the caller, then the writer's.</remarks>
internal abstract class WriterCall
{
    /// <summary>Does it; the result counts once the transaction is committed. Done again when the transaction is.</summary>
    public abstract void Apply();

    /// <summary>The transaction is committed.</summary>
    public abstract void Complete();

    /// <summary>It is not.</summary>
    public abstract void Fail(StoreUnavailableException e);
}
