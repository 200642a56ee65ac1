using Microsoft.Data.Sqlite;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>One read connection and its questions. Each question sees one snapshot of the file.</summary>
/// <remarks>Threading: the reader thread's that made it.</remarks>
internal sealed class StoreReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteStoreOptions _options;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _end;
    private readonly SqliteStatement _stream;
    private readonly SqliteStatement _lastPosition;
    private readonly SqliteStatement _byId;
    private readonly SqliteStatement _byPublisher;
    private readonly SqliteStatement _page;
    private readonly SqliteStatement _next;
    private readonly SqliteStatement _owner;

    public StoreReader(SqliteStoreOptions options)
    {
        _options = options;
        _connection = StoreFile.OpenReader(options);
        var database = _connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        _begin = new SqliteStatement(database, "BEGIN");
        _end = new SqliteStatement(database, "ROLLBACK");
        _stream = new SqliteStatement(database,
            "SELECT s.stream, s.last_seq, s.acked_seq FROM device d JOIN stream s ON s.stream = d.stream WHERE d.tenant = ? AND d.device = ?");
        _lastPosition = new SqliteStatement(database, "SELECT max(position) FROM pending WHERE position > ? AND position <= ?");
        _byId = new SqliteStatement(database, MessageStatusRow.Select + " WHERE m.message_id = ? AND d.tenant = ?");
        _byPublisher = new SqliteStatement(database, MessageStatusRow.Select
            + " WHERE m.device_id = (SELECT device_id FROM device WHERE tenant = ? AND device = ?) AND m.publisher_id = ? ORDER BY m.message_id DESC LIMIT 1");
        _page = new SqliteStatement(database,
            "SELECT position, state, message_id, priority, expires_at, attempts, payload FROM pending WHERE position > ? AND position <= ? ORDER BY position");
        _next = new SqliteStatement(database, "SELECT position, state, accepted_at FROM pending WHERE position > ? ORDER BY position LIMIT 1");
        _owner = new SqliteStatement(database,
            "SELECT d.tenant, d.device, s.last_seq FROM stream s JOIN device d ON d.device_id = s.device_id WHERE s.stream = ?");
    }

    /// <summary>Asks one question in one snapshot.</summary>
    public T Read<T>(Func<StoreReader, T> question)
    {
        _begin.Run();
        try
        {
            return question(this);
        }
        finally
        {
            _end.Run();
        }
    }

    /// <summary>The device's stream in a snapshot of its own; null when it has none.</summary>
    public StreamState? ReadStream(in DeviceKey device)
    {
        _begin.Run();
        try
        {
            return FindStream(device);
        }
        finally
        {
            _end.Run();
        }
    }

    /// <summary>The device's stream; null when it has none.</summary>
    public StreamState? FindStream(in DeviceKey device)
    {
        if (!_stream.BindText(1, device.Tenant).BindText(2, device.Device).Step())
        {
            return null;
        }

        var stream = (uint)_stream.Int64(0);
        var last = (ulong)_stream.Int64(1);
        var acked = (ulong)_stream.Int64(2);
        _stream.Reset();
        return new StreamState(stream, acked, LastSeq(stream, last));
    }

    /// <summary>A page of a stream that is the device's; an empty one when it is not.</summary>
    public MessagePage ReadPage(in DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
        if (FindStream(device) is not { } state || state.Stream != stream)
        {
            return new MessagePage(stream, afterSeq, afterSeq, 0, [], []);
        }

        var page = new PageBuilder(state, afterSeq, Math.Clamp(messagesMax, 1, _options.PageMessagesMax), Math.Clamp(bytesMax, 1, _options.PageBytesMax));
        _page.Bind(1, StreamKey.Of(stream, afterSeq)).Bind(2, StreamKey.Last(stream));
        while (_page.Step())
        {
            if (!page.TryAdd(_page))
            {
                _page.Reset();
                return page.BuildPart();
            }
        }

        return page.BuildWhole();
    }

    public MessageStatus? Find(string tenant, ulong messageId)
        => messageId > long.MaxValue ? null : One(_byId.Bind(1, (long)messageId).BindText(2, tenant));

    public MessageStatus? Find(in DeviceKey device, string publisherId)
        => One(_byPublisher.BindText(1, device.Tenant).BindText(2, device.Device).BindText(3, publisherId));

    /// <summary>Streams whose first pending message was accepted at <paramref name="untilUnixMs"/> or before, in the order of <see cref="StreamKey"/>.</summary>
    public List<WaitingStream> ListWaiting(long untilUnixMs, WaitingStream? after, int devicesMax)
    {
        var found = new List<WaitingStream>();
        var position = after is null ? long.MinValue : StreamKey.Last(after.Stream);
        while (found.Count < devicesMax && _next.Bind(1, position).Step())
        {
            position = _next.Int64(0);
            var isPending = _next.Int32(1) == (int)MessageState.Pending;
            var acceptedAt = _next.Int64(2);
            _next.Reset();
            if (isPending)
            {
                var stream = StreamKey.Stream(position);
                if (acceptedAt <= untilUnixMs && Waiting(stream) is { } waiting)
                {
                    found.Add(waiting);
                }

                position = StreamKey.Last(stream); // its later messages are younger
            }
        }

        return found;
    }

    public void Dispose()
    {
        SqliteStatement[] all = [_begin, _end, _stream, _lastPosition, _byId, _byPublisher, _page, _next, _owner];
        foreach (var statement in all)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private WaitingStream? Waiting(uint stream)
    {
        if (!_owner.Bind(1, stream).Step())
        {
            return null;
        }

        var device = new DeviceKey(_owner.Text(0), _owner.Text(1));
        var last = (ulong)_owner.Int64(2);
        _owner.Reset();
        return new WaitingStream(device, stream, LastSeq(stream, last));
    }

    private ulong LastSeq(uint stream, ulong recorded)
    {
        _lastPosition.Bind(1, StreamKey.Before(stream)).Bind(2, StreamKey.Last(stream)).Step();
        var last = _lastPosition.IsNull(0) ? recorded : Math.Max(recorded, StreamKey.Seq(_lastPosition.Int64(0)));
        _lastPosition.Reset();
        return last;
    }

    private static MessageStatus? One(SqliteStatement bound)
    {
        if (!bound.Step())
        {
            return null;
        }

        var status = MessageStatusRow.Read(bound);
        bound.Reset();
        return status;
    }
}
