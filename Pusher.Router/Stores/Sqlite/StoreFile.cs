using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>Opens connections to the database file with the settings that durability and speed rest on.</summary>
internal static class StoreFile
{
    /// <summary>Bytes of a page: SQLite's default, and that of most file systems. Only a new file takes it.</summary>
    public const int PageBytes = 4096;

    /// <summary>The connection that writes. It never checkpoints by itself; <see cref="Checkpointer"/> does.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is not a database.</exception>
    public static SqliteConnection OpenWriter(SqliteStoreOptions options, bool flush)
        => Open(
            options,
            SqliteOpenMode.ReadWriteCreate,
            $"PRAGMA page_size = {PageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {(flush ? "FULL" : "OFF")}; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {options.WalBytesTarget * 4}; PRAGMA cache_size = -{options.WriterCacheKib}; PRAGMA temp_store = MEMORY;");

    /// <summary>The connection that copies the write-ahead log; it needs hardly any cache.</summary>
    public static SqliteConnection OpenCheckpointer(SqliteStoreOptions options, bool flush)
        => Open(options, SqliteOpenMode.ReadWrite, $"PRAGMA synchronous = {(flush ? "FULL" : "OFF")}; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256;");

    /// <summary>A connection that reads. It is opened for writing because a WAL reader may have to make the shared index, and held to reading by <c>query_only</c>.</summary>
    public static SqliteConnection OpenReader(SqliteStoreOptions options)
        => Open(options, SqliteOpenMode.ReadWrite, $"PRAGMA query_only = ON; PRAGMA cache_size = -{Math.Max(64, options.WriterCacheKib / 8)};");

    private static SqliteConnection Open(SqliteStoreOptions options, SqliteOpenMode mode, string pragmas)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = options.FilePath, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // this class's constants and numbers
            command.CommandText = pragmas;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            KeepPlans(connection);
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Explain(options.FilePath, e);
        }
    }

    // Without it SQLite compiles a prepared statement anew whenever a parameter is bound that its planner has looked at, as a LIMIT: a sixteenth of the
    // whole server's time went into its parser.
    private static void KeepPlans(SqliteConnection connection)
    {
        const int EnableQpsg = 1007; // SQLITE_DBCONFIG_ENABLE_QPSG, the query planner stability guarantee
        var code = raw.sqlite3_db_config(connection.Handle, EnableQpsg, 1, out _);
        if (code != raw.SQLITE_OK)
        {
            throw SqliteStatement.Failure(connection.Handle!);
        }
    }

    /// <summary>Says which file and what to do.</summary>
    public static StoreUnavailableException Explain(string path, SqliteException e)
    {
        const int Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26, ReadOnly = 8;
        var remedy = e.SqliteErrorCode switch
        {
            NotADatabase => "is not a database. Move the file away, or set another data directory",
            Corrupt => "is damaged. Restore it from a backup, or move it away to start an empty store (devices are told of the loss)",
            Full => "cannot grow: the disk is full. Free space; the server goes on by itself",
            ReadOnly or CannotOpen => "cannot be opened for writing. Give the server's user write access to the file and its directory",
            _ => "failed. If it persists, look at the disk",
        };
        return new StoreUnavailableException($"The message store {path} {remedy} ({e.Message}).", e);
    }
}
