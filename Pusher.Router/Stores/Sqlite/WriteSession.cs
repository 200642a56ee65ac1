using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>The writer's connection, its tables and the running transaction.</summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class WriteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SqliteStatement _freePages;

    public WriteSession(SqliteConnection connection, SqliteStoreOptions options)
    {
        _connection = connection;
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Options = options;
        _begin = new SqliteStatement(_database, "BEGIN IMMEDIATE");
        _commit = new SqliteStatement(_database, "COMMIT");
        _rollback = new SqliteStatement(_database, "ROLLBACK");
        _freePages = new SqliteStatement(_database, "PRAGMA freelist_count");
        Devices = new DeviceTable(_database, options.DevicesInMemoryMax);
        Messages = new MessageTable(_database);
    }

    public SqliteStoreOptions Options { get; }

    public DeviceTable Devices { get; }

    public MessageTable Messages { get; }

    /// <summary>SQLite's handle of the connection.</summary>
    public sqlite3 Database => _database;

    /// <summary>The time of the running transaction.</summary>
    public long NowUnixMs { get; private set; }

    /// <summary>Pages this connection has put into the write-ahead log since it was opened.</summary>
    public long PagesWritten
    {
        get
        {
            const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
            raw.sqlite3_db_status(_database, CacheWrite, out var pages, out _, 0);
            return pages;
        }
    }

    /// <summary>Bytes of the file's pages that hold nothing and are used before the file grows.</summary>
    public long FreeBytesInside
    {
        get
        {
            var pages = _freePages.Step() ? _freePages.Int64(0) : 0;
            _freePages.Reset();
            return pages * StoreFile.PageBytes;
        }
    }

    public void Begin()
    {
        NowUnixMs = Options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _begin.Run();
    }

    /// <summary>Writes what is left to write; the commit itself is <see cref="Commit"/>, because only its failure is in doubt.</summary>
    public void Prepare() => Devices.WriteDirty();

    public void Commit()
    {
        _commit.Run();
        Devices.Commit();
    }

    /// <summary>Undoes the transaction, in the file (which SQLite may have done by itself) and in memory.</summary>
    public void Rollback()
    {
        Devices.Rollback();
        if (raw.sqlite3_get_autocommit(_database) == 0)
        {
            _rollback.Run();
        }
    }

    public void Dispose()
    {
        Devices.Dispose();
        Messages.Dispose();
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
        _freePages.Dispose();
        _connection.Dispose();
    }
}
