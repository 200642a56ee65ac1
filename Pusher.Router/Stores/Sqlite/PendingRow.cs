using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>A row of <c>pending</c> without its payload.</summary>
internal readonly record struct PendingRow(long Position, long MessageId, MessageState State, int Bytes);
