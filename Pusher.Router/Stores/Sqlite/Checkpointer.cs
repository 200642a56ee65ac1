using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database. SQLite's own way stops the writer for the whole copy; here a thread of its
/// own copies while the writer goes on, and the writer copies only the short tail, after which the log starts over.
/// </summary>
/// <remarks>
/// Threading: <see cref="AfterCommit"/> is the writer's; the copy runs on the checkpointer's thread; <see cref="_stage"/> hands over.
/// </remarks>
internal sealed class Checkpointer : IDisposable
{
    private const int Idle = 0, Copying = 1, TailLeft = 2;

    // Each pass leaves what was written while it ran; after a few the rest is a fraction of a second's work.
    private const int PassesMax = 3;

    /// <summary>The log's bound, in targets. The reserve of free space must hold as much, for the copy may make the file grow by it.</summary>
    private const int LogTargetsMax = 4;
    private const int ShortTailPages = 256;

    private readonly SqliteConnection _connection;
    private readonly ILogger _logger;
    private readonly string _path;
    private readonly long _targetPages;
    private readonly AutoResetEvent _wake = new(false);
    private readonly ManualResetEvent _copied = new(true);
    private readonly Thread _thread;
    private volatile int _stage;
    private volatile bool _isClosing;
    private long _startedAtPages; // the writer's count of pages when the log last started over

    public Checkpointer(SqliteStoreOptions options, bool flush, ILogger logger)
    {
        _connection = StoreFile.OpenCheckpointer(options, flush);
        _logger = logger;
        _path = options.FilePath;
        _targetPages = options.WalBytesTarget / StoreFile.PageBytes;
        _thread = new Thread(Run) { Name = "store checkpointer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Starts a copy when the log is long, ends one by copying its tail. Never throws.</summary>
    public void AfterCommit(WriteSession session)
    {
        if (_stage == Copying && session.PagesWritten - _startedAtPages >= _targetPages * LogTargetsMax)
        {
            _copied.WaitOne(); // the copy does not keep up: without a bound the log would eat the room that it needs itself
        }

        if (_stage == TailLeft)
        {
            CopyTail(session);
            _stage = Idle;
        }
        else if (_stage == Idle && session.PagesWritten - _startedAtPages >= _targetPages)
        {
            _stage = Copying;
            _copied.Reset();
            _wake.Set();
        }
    }

    /// <summary>
    /// Copies the whole log and cuts its file to nothing, so that the disk gets its room back. It stops the writer for as long as it takes:
    /// only for when there is no room for appends anyway. Without effect while a reader or the other thread is in the way. Never throws.
    /// </summary>
    public void CutLog(WriteSession session)
    {
        if (_stage != Copying && TryCopy(session.Database, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _))
        {
            _startedAtPages = session.PagesWritten;
            _stage = Idle;
        }
    }

    public void Dispose()
    {
        _isClosing = true;
        _wake.Set();
        _thread.Join();
        _connection.Dispose();
        _wake.Dispose();
        _copied.Dispose();
    }

    // When a reader or the disk is in the way, the next attempt comes after a short stretch of log, not at the next commit.
    private void CopyTail(WriteSession session)
    {
        var pages = session.PagesWritten;
        _startedAtPages = TryCopy(session.Database, out var left) && left == 0 ? pages : pages - _targetPages + ShortTailPages;
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_isClosing)
            {
                _copied.Set();
                return;
            }

            var before = 0;
            for (var pass = 0; pass < PassesMax && !_isClosing; pass++)
            {
                if (!TryCopy(_connection.Handle!, out _, out var length) || length - before < ShortTailPages)
                {
                    break;
                }

                before = length;
            }

            _stage = TailLeft;
            _copied.Set();
        }
    }

    private bool TryCopy(sqlite3 database, out int left) => TryCopy(database, out left, out _);

    // Passive: copies what no reader still needs, and waits for nobody.
    private bool TryCopy(sqlite3 database, out int left, out int length) => TryCopy(database, raw.SQLITE_CHECKPOINT_PASSIVE, out left, out length);

    private bool TryCopy(sqlite3 database, int mode, out int left, out int length)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(database, "main", mode, out length, out var copied);
        left = length - copied;
        if (code is raw.SQLITE_OK or raw.SQLITE_BUSY)
        {
            return code == raw.SQLITE_OK;
        }

        StoreLog.CheckpointFailed(_logger, SqliteStatement.Failure(database), _path);
        return false;
    }
}
