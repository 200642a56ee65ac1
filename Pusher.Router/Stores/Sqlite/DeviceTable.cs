using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pusher.Core.Identity;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// The devices and streams the writer works on: a bounded table in memory over the tables <c>device</c>, <c>stream</c> and
/// <c>retired_stream</c>. An entry is read when it is first needed; over the bound a clock hand drops entries that were not
/// used since it last came by.
/// </summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class DeviceTable(sqlite3 database, int entriesMax) : IDisposable
{
    private readonly Dictionary<DeviceKey, DeviceEntry> _entries = [];
    private readonly List<DeviceEntry> _clock = [];
    private readonly List<DeviceEntry> _touched = [];
    private int _hand;

    private readonly SqliteStatement _find = new(database,
        "SELECT d.device_id, s.stream, s.last_seq, s.acked_seq FROM device d JOIN stream s ON s.stream = d.stream WHERE d.tenant = ? AND d.device = ?");
    private readonly SqliteStatement _count = new(database,
        "SELECT state, length(payload) FROM pending WHERE position > ? AND position <= ?");
    private readonly SqliteStatement _lastPosition = new(database,
        "SELECT max(position) FROM pending WHERE position > ? AND position <= ?");
    private readonly SqliteStatement _insertDevice = new(database, "INSERT INTO device (tenant, device, stream) VALUES (?, ?, ?)");
    private readonly SqliteStatement _insertStream = new(database, "INSERT INTO stream (stream, device_id, last_seq, acked_seq) VALUES (?, ?, 0, 0)");
    private readonly SqliteStatement _updateStream = new(database, "UPDATE stream SET last_seq = ?, acked_seq = ? WHERE stream = ?");
    private readonly SqliteStatement _moveDevice = new(database, "UPDATE device SET stream = ? WHERE device_id = ?");
    private readonly SqliteStatement _deleteStream = new(database, "DELETE FROM stream WHERE stream = ?");
    private readonly SqliteStatement _isUsed = new(database,
        "SELECT 1 FROM stream WHERE stream = ?1 UNION ALL SELECT 1 FROM retired_stream WHERE stream = ?1 LIMIT 1");
    private readonly SqliteStatement _retire = new(database,
        "INSERT OR IGNORE INTO retired_stream (stream, device_id, lost, retired_at) VALUES (?, ?, ?, ?)");
    private readonly SqliteStatement _retired = new(database, "SELECT lost FROM retired_stream WHERE stream = ? AND device_id = ?");

    /// <summary>Entries in memory.</summary>
    public int Count => _entries.Count;

    /// <summary>The device, or null when nothing was ever published to it and it never logged in with a stream.</summary>
    public DeviceEntry? Find(in DeviceKey key)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.IsRecent = true;
            return entry;
        }

        return Load(key);
    }

    /// <summary>The device; with a stream of its own from now on.</summary>
    public DeviceEntry FindOrCreate(in DeviceKey key)
    {
        if (Find(key) is { } known)
        {
            return known;
        }

        var stream = DrawStream();
        _insertDevice.BindText(1, key.Tenant).BindText(2, key.Device).Bind(3, stream).Run();
        var id = raw.sqlite3_last_insert_rowid(database);
        _insertStream.Bind(1, stream).Bind(2, id).Run();
        var entry = new DeviceEntry(key, id, stream);
        Add(entry);
        Touch(entry);
        return entry;
    }

    /// <summary>Says that the running transaction changes the device.</summary>
    public void Touch(DeviceEntry entry)
    {
        if (!entry.IsTouched)
        {
            entry.IsTouched = true;
            _touched.Add(entry);
        }
    }

    /// <summary>Says that the device's stream row must be written.</summary>
    public void MarkDirty(DeviceEntry entry)
    {
        entry.IsDirty = true;
        Touch(entry);
    }

    /// <summary>Retires the device's stream, of which <paramref name="lost"/> seqs are gone, and draws another that starts at 1.</summary>
    public void ReplaceStream(DeviceEntry entry, uint lost, long nowUnixMs)
    {
        var stream = DrawStream();
        Retire(entry, entry.Stream, lost, nowUnixMs);
        _insertStream.Bind(1, stream).Bind(2, entry.DeviceId).Run();
        _moveDevice.Bind(1, stream).Bind(2, entry.DeviceId).Run();
        _deleteStream.Bind(1, entry.Stream).Run();
        entry.Stream = stream;
        entry.LastSeq = 0;
        entry.AckedSeq = 0;
        entry.LastMessageId = 0;
        MarkDirty(entry);
    }

    /// <summary>Remembers that the device's <paramref name="stream"/> is over.</summary>
    public void Retire(DeviceEntry entry, uint stream, uint lost, long nowUnixMs)
        => _retire.Bind(1, stream).Bind(2, entry.DeviceId).Bind(3, lost).Bind(4, nowUnixMs).Run();

    /// <summary>How much was lost with a stream that the device has left behind; null when it never had it.</summary>
    public uint? LostWith(DeviceEntry entry, uint stream)
    {
        if (!_retired.Bind(1, stream).Bind(2, entry.DeviceId).Step())
        {
            return null;
        }

        var lost = (uint)_retired.Int64(0);
        _retired.Reset();
        return lost;
    }

    /// <summary>Writes the stream rows that acknowledgements have moved: one update per stream and transaction.</summary>
    public void WriteDirty()
    {
        foreach (var entry in CollectionsMarshal.AsSpan(_touched))
        {
            if (entry.IsDirty)
            {
                _updateStream.Bind(1, (long)entry.LastSeq).Bind(2, (long)entry.AckedSeq).Bind(3, entry.Stream).Run();
                entry.IsDirty = false;
            }
        }
    }

    /// <summary>The transaction is committed: memory and file agree. Drops entries over the bound.</summary>
    public void Commit()
    {
        foreach (var entry in CollectionsMarshal.AsSpan(_touched))
        {
            entry.IsTouched = false;
        }

        _touched.Clear();
        while (_entries.Count > entriesMax)
        {
            EvictOne();
        }
    }

    /// <summary>The transaction is undone: forgets what it had changed, to be read again.</summary>
    public void Rollback()
    {
        foreach (var entry in _touched)
        {
            _entries.Remove(entry.Key);
        }

        _clock.RemoveAll(static entry => entry.IsTouched);
        _touched.Clear();
        _hand = 0;
    }

    public void Dispose()
    {
        SqliteStatement[] all = [_find, _count, _lastPosition, _insertDevice, _insertStream, _updateStream, _moveDevice, _deleteStream, _isUsed, _retire, _retired];
        foreach (var statement in all)
        {
            statement.Dispose();
        }
    }

    private DeviceEntry? Load(in DeviceKey key)
    {
        if (!_find.BindText(1, key.Tenant).BindText(2, key.Device).Step())
        {
            return null;
        }

        var entry = new DeviceEntry(key, _find.Int64(0), (uint)_find.Int64(1)) { LastSeq = (ulong)_find.Int64(2), AckedSeq = (ulong)_find.Int64(3) };
        _find.Reset();
        var before = StreamKey.Before(entry.Stream);
        var last = StreamKey.Last(entry.Stream);
        _lastPosition.Bind(1, before).Bind(2, last).Step();
        entry.LastSeq = _lastPosition.IsNull(0) ? entry.LastSeq : Math.Max(entry.LastSeq, StreamKey.Seq(_lastPosition.Int64(0)));
        _lastPosition.Reset();
        _count.Bind(1, before).Bind(2, last);
        while (_count.Step())
        {
            if (_count.Int32(0) == 0)
            {
                entry.PendingCount++;
                entry.PendingBytes += _count.Int64(1);
            }
        }

        Add(entry);
        return entry;
    }

    private void Add(DeviceEntry entry)
    {
        _entries.Add(entry.Key, entry);
        _clock.Add(entry);
    }

    // A clock over a list: the victim's place is taken by the last entry, so that an eviction moves nothing else.
    private void EvictOne()
    {
        while (true)
        {
            _hand = _hand < _clock.Count ? _hand : 0;
            var entry = _clock[_hand];
            if (entry.IsRecent)
            {
                entry.IsRecent = false;
                _hand++;
                continue;
            }

            _clock[_hand] = _clock[^1];
            _clock.RemoveAt(_clock.Count - 1);
            _entries.Remove(entry.Key);
            return;
        }
    }

    private uint DrawStream()
    {
        while (true)
        {
            uint stream = 0;
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref stream)));
            if (stream != 0 && !_isUsed.Bind(1, stream).Step())
            {
                return stream;
            }

            _isUsed.Reset();
        }
    }
}
