namespace Pusher.Router.Stores.Sqlite;

/// <summary>A question to a <see cref="StoreReader"/>, waiting for a thread.</summary>
internal abstract class StoreQuestion
{
    /// <summary>Answers it; never throws.</summary>
    public abstract void Run(StoreReader reader);

    /// <summary>Answers it when no reader can.</summary>
    public abstract void Fail(StoreUnavailableException e);
}
