namespace Pusher.Router.Stores.Redis;

/// <summary>What a <see cref="StoreRequest"/> asks for.</summary>
internal enum RequestKind : byte
{
    Append,
    Acknowledge,
    Done,
    Attempts,

    /// <summary>One that somebody awaits, as a <see cref="StoreCall"/>.</summary>
    Call,
}
