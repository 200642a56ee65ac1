namespace Pusher.Router.Stores.Sqlite;

/// <summary>What a <see cref="WriteRequest"/> asks for.</summary>
internal enum WriteKind : byte
{
    Append,
    Acknowledge,
    Done,
    Attempts,

    /// <summary>Anything rarer, as a <see cref="WriterCall"/>.</summary>
    Call,
}
