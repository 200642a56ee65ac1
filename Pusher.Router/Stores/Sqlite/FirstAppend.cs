namespace Pusher.Router.Stores.Sqlite;

/// <summary>Where a publisher's id was first stored.</summary>
internal readonly record struct FirstAppend(ulong MessageId, uint Stream, ulong Seq, long AcceptedAtUnixMs);
