using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Expires what is over its time and forgets the status of what ended long ago, a slice at a time, so that appends wait
/// only for a slice.
/// </summary>
/// <remarks>
/// Message ids grow in time, so the old ones stand in front and need no index: a cursor walks from the lowest id, passes
/// those that still wait, and starts over when it meets one that was accepted within the retention.
/// Threading: the writer's, inside its transaction.
/// </remarks>
internal sealed class StoreSweep(WriteSession session, MessageWriter writer) : IDisposable
{
    private readonly List<PendingRow> _rows = [];
    private readonly List<(long MessageId, uint Stream, ulong Seq, MessageState State)> _old = [];
    private long _cursor = -1;

    private readonly SqliteStatement _expired = new(session.Database,
        "SELECT position, message_id, state, length(payload) FROM pending WHERE expires_at > 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?");
    private readonly SqliteStatement _status = new(session.Database, MessageStatusRow.Select + " WHERE m.message_id = ?");
    private readonly SqliteStatement _walk = new(session.Database,
        "SELECT message_id, stream, seq, state, accepted_at, ended_at FROM message WHERE message_id > ? ORDER BY message_id LIMIT ?");
    private readonly SqliteStatement _owner = new(session.Database,
        "SELECT d.tenant, d.device FROM message m JOIN device d ON d.device_id = m.device_id WHERE m.message_id = ?");
    private readonly SqliteStatement _forget = new(session.Database, "DELETE FROM message WHERE message_id = ?");

    /// <summary>Expires one slice; <c>Count</c> is less than the slice's size when nothing is left.</summary>
    public (int Count, List<MessageStatus> Expired) ExpireSlice()
    {
        var expired = new List<MessageStatus>();
        _rows.Clear();
        _expired.Bind(1, session.NowUnixMs).Bind(2, session.Options.SweepSliceMessages);
        while (_expired.Step())
        {
            _rows.Add(new PendingRow(_expired.Int64(0), _expired.Int64(1), (MessageState)_expired.Int32(2), _expired.Int32(3)));
        }

        foreach (var row in _rows)
        {
            if (OwnerOf(row.MessageId) is { } key && session.Devices.Find(key) is { } entry)
            {
                writer.Bury(entry, row, MessageState.Expired);
                _status.Bind(1, row.MessageId).Step();
                expired.Add(MessageStatusRow.Read(_status));
                _status.Reset();
            }
            else
            {
                session.Messages.DeletePosition(row.Position); // no status, no device: a damaged file must not stop the sweep
            }
        }

        return (_rows.Count, expired);
    }

    /// <summary>Looks at one slice of old messages and forgets those whose retention is over; false when the walk is at its end.</summary>
    public bool ForgetSlice()
    {
        _old.Clear();
        var limit = session.NowUnixMs - (long)session.Options.StatusRetention.TotalMilliseconds;
        var seen = 0;
        var isRecent = false;
        _walk.Bind(1, _cursor).Bind(2, session.Options.SweepSliceMessages);
        while (!isRecent && _walk.Step())
        {
            seen++;
            isRecent = _walk.Int64(4) > limit;
            if (!isRecent)
            {
                _cursor = _walk.Int64(0);
                if (_walk.Int32(3) != 0 && _walk.Int64(5) <= limit)
                {
                    _old.Add((_cursor, (uint)_walk.Int64(1), (ulong)_walk.Int64(2), (MessageState)_walk.Int32(3)));
                }
            }
        }

        _walk.Reset();
        foreach (var (messageId, stream, seq, state) in _old)
        {
            Forget(messageId, stream, seq, state);
        }

        var goesOn = !isRecent && seen == session.Options.SweepSliceMessages;
        _cursor = goesOn ? _cursor : -1;
        return goesOn;
    }

    public void Dispose()
    {
        _expired.Dispose();
        _status.Dispose();
        _walk.Dispose();
        _owner.Dispose();
        _forget.Dispose();
    }

    // A tombstone may be the stream's last row, and then the only one that knows the last seq: the stream row takes it over.
    private void Forget(long messageId, uint stream, ulong seq, MessageState state)
    {
        if (state is not (MessageState.Acked or MessageState.Done)
            && OwnerOf(messageId) is { } key && session.Devices.Find(key) is { } entry && entry.Stream == stream)
        {
            session.Devices.MarkDirty(entry);
            session.Messages.DeletePosition(StreamKey.Of(stream, seq));
        }

        _forget.Bind(1, messageId).Run();
    }

    private DeviceKey? OwnerOf(long messageId)
    {
        if (!_owner.Bind(1, messageId).Step())
        {
            return null;
        }

        var key = new DeviceKey(_owner.Text(0), _owner.Text(1));
        _owner.Reset();
        return key;
    }
}
