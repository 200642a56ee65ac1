using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>The writer's statements on <c>message</c> and <c>pending</c>; what they mean together is the business of the callers.</summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class MessageTable(sqlite3 database) : IDisposable
{
    private readonly SqliteStatement _findDuplicate = new(database,
        "SELECT message_id, stream, seq, accepted_at FROM message WHERE device_id = ? AND publisher_id = ? ORDER BY message_id DESC LIMIT 1");
    private readonly SqliteStatement _insert = new(database,
        "INSERT OR IGNORE INTO message (message_id, device_id, stream, seq, state, accepted_at, expires_at, ended_at, attempts, publisher_id) VALUES (?, ?, ?, ?, 0, ?, ?, 0, 0, ?)");
    private readonly SqliteStatement _insertPending = new(database,
        "INSERT INTO pending (position, message_id, state, accepted_at, expires_at, priority, attempts, payload) VALUES (?, ?, 0, ?, ?, ?, 0, ?)");
    private readonly SqliteStatement _range = new(database,
        "SELECT position, message_id, state, length(payload) FROM pending WHERE position > ? AND position <= ? ORDER BY position LIMIT ?");
    private readonly SqliteStatement _deleteRange = new(database, "DELETE FROM pending WHERE position > ? AND position <= ?");
    private readonly SqliteStatement _deletePosition = new(database, "DELETE FROM pending WHERE position = ?");
    private readonly SqliteStatement _ack = new(database,
        "UPDATE message SET state = CASE WHEN result IS NULL THEN 1 ELSE 2 END, ended_at = ? WHERE message_id = ? AND state = 0");
    private readonly SqliteStatement _end = new(database, "UPDATE message SET state = ?, ended_at = ? WHERE message_id = ? AND state = 0");
    private readonly SqliteStatement _bury = new(database, "UPDATE pending SET state = ?, expires_at = 0, payload = NULL WHERE position = ?");
    private readonly SqliteStatement _done = new(database,
        """
        UPDATE message SET result = ?1, result_text = ?2, ended_at = CASE state WHEN 1 THEN ?3 ELSE ended_at END, state = CASE state WHEN 1 THEN 2 ELSE state END
        WHERE message_id = ?4 AND device_id = ?5 AND result IS NULL
        """);
    private readonly SqliteStatement _attemptsPending = new(database, "UPDATE pending SET attempts = max(attempts, ?) WHERE position = ? AND state = 0 RETURNING message_id");
    private readonly SqliteStatement _attempts = new(database, "UPDATE message SET attempts = max(attempts, ?) WHERE message_id = ?");
    private readonly SqliteStatement _movePending = new(database, "UPDATE pending SET position = ? WHERE position = ?");
    private readonly SqliteStatement _move = new(database, "UPDATE message SET stream = ?, seq = ? WHERE message_id = ?");

    /// <summary>The newest message with the publisher's id.</summary>
    public bool TryFindDuplicate(long deviceId, string publisherId, out FirstAppend first)
    {
        if (!_findDuplicate.Bind(1, deviceId).BindText(2, publisherId).Step())
        {
            first = default;
            return false;
        }

        first = new FirstAppend((ulong)_findDuplicate.Int64(0), (uint)_findDuplicate.Int64(1), (ulong)_findDuplicate.Int64(2), _findDuplicate.Int64(3));
        _findDuplicate.Reset();
        return true;
    }

    /// <summary>Writes both rows of a new message; false when its message id exists already, and nothing is written.</summary>
    public bool TryInsert(AppendOperation operation, long deviceId, uint stream, ulong seq)
    {
        var id = (long)operation.MessageId;
        var inserted = _insert.Bind(1, id).Bind(2, deviceId).Bind(3, stream).Bind(4, (long)seq)
            .Bind(5, operation.AcceptedAtUnixMs).Bind(6, operation.ExpiresAtUnixMs).BindText(7, operation.PublisherId).Run();
        if (inserted == 0)
        {
            return false;
        }

        _insertPending.Bind(1, StreamKey.Of(stream, seq)).Bind(2, id).Bind(3, operation.AcceptedAtUnixMs)
            .Bind(4, operation.ExpiresAtUnixMs).Bind(5, operation.Priority).BindBlob(6, operation.Payload.Span).Run();
        return true;
    }

    /// <summary>Reads the rows of a stream behind <paramref name="afterSeq"/> through <paramref name="seq"/>, at most <paramref name="rowsMax"/>, into <paramref name="rows"/>.</summary>
    public void ReadRange(uint stream, ulong afterSeq, ulong seq, int rowsMax, List<PendingRow> rows)
    {
        rows.Clear();
        _range.Bind(1, StreamKey.Of(stream, afterSeq)).Bind(2, StreamKey.Of(stream, seq)).Bind(3, rowsMax);
        while (_range.Step())
        {
            rows.Add(new PendingRow(_range.Int64(0), _range.Int64(1), (MessageState)_range.Int32(2), _range.Int32(3)));
        }
    }

    /// <summary>Forgets the payloads and tombstones of a stream behind <paramref name="afterSeq"/> through <paramref name="seq"/>.</summary>
    public void DeleteRange(uint stream, ulong afterSeq, ulong seq) => _deleteRange.Bind(1, StreamKey.Of(stream, afterSeq)).Bind(2, StreamKey.Of(stream, seq)).Run();

    /// <summary>Forgets one payload or tombstone.</summary>
    public void DeletePosition(long position) => _deletePosition.Bind(1, position).Run();

    /// <summary>The device took it: acked, or done when it has reported a result before.</summary>
    public void Acknowledge(long messageId, long nowUnixMs) => _ack.Bind(1, nowUnixMs).Bind(2, messageId).Run();

    /// <summary>Ends a pending message otherwise; its place keeps a tombstone that explains the gap.</summary>
    public void Bury(long position, long messageId, MessageState state, long nowUnixMs)
    {
        _end.Bind(1, (long)state).Bind(2, nowUnixMs).Bind(3, messageId).Run();
        _bury.Bind(1, (long)state).Bind(2, position).Run();
    }

    /// <summary>Keeps the first result. It makes an acked message done; a pending one becomes done when it is acknowledged.</summary>
    public void RecordDone(long deviceId, ulong messageId, DeliveryResult result, string? text, long nowUnixMs)
        => _done.Bind(1, (long)result).BindText(2, text).Bind(3, nowUnixMs).Bind(4, (long)messageId).Bind(5, deviceId).Run();

    /// <summary>Raises the count of attempts of a pending message; it never falls.</summary>
    public void RecordAttempts(long position, int attempts)
    {
        if (_attemptsPending.Bind(1, attempts).Bind(2, position).Step())
        {
            var id = _attemptsPending.Int64(0);
            _attemptsPending.Step();
            _attempts.Bind(1, attempts).Bind(2, id).Run();
        }
    }

    /// <summary>Gives a pending message another place.</summary>
    public void Move(in PendingRow row, uint stream, ulong seq)
    {
        _movePending.Bind(1, StreamKey.Of(stream, seq)).Bind(2, row.Position).Run();
        _move.Bind(1, stream).Bind(2, (long)seq).Bind(3, row.MessageId).Run();
    }

    public void Dispose()
    {
        SqliteStatement[] all =
        [
            _findDuplicate, _insert, _insertPending, _range, _deleteRange, _deletePosition, _ack, _end, _bury, _done, _attemptsPending, _attempts, _movePending, _move,
        ];
        foreach (var statement in all)
        {
            statement.Dispose();
        }
    }
}
