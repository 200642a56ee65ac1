namespace Pusher.Router.Stores.Redis;

/// <summary>What a <see cref="StoreRequest"/> asks for.</summary>
internal enum RequestKind : byte
{
    /// <summary>Nothing any more: it has its answer, and its target is not the store's.</summary>
    Ended = 0,

    Append,
    Acknowledge,
    Done,
    Attempts,

    /// <summary>One that somebody awaits, as a <see cref="StoreCall"/>.</summary>
    Call,
}
