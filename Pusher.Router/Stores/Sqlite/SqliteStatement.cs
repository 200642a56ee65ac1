using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// One prepared statement, driven through SQLite's own calls: a <see cref="SqliteCommand"/> boxes each parameter and
/// allocates a reader per execution (docs/adr/0004-sqlite-store.md has the measurement). Parameters count from 1, columns from 0.
/// </summary>
/// <remarks>Threading: one thread, the one that owns the connection.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private const uint PreparePersistent = 1; // SQLITE_PREPARE_PERSISTENT: kept for long, so not from the lookaside pool

    private const int ReprepareCounter = 5; // SQLITE_STMTSTATUS_REPREPARE

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <exception cref="SqliteException">The statement does not compile.</exception>
    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        var code = raw.sqlite3_prepare_v3(database, sql, PreparePersistent, out _statement);
        if (code != raw.SQLITE_OK)
        {
            throw Failure(database);
        }
    }

    /// <summary>How often SQLite has compiled it anew by itself; 0 when all is well.</summary>
    public int Recompilations => raw.sqlite3_stmt_status(_statement, ReprepareCounter, 0);

    public SqliteStatement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    /// <summary>Binds a blob; an empty one is a blob of no bytes, not NULL.</summary>
    public SqliteStatement BindBlob(int index, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    /// <summary>Binds a text, or NULL.</summary>
    public SqliteStatement BindText(int index, string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, index));
            return this;
        }

        const int OnStackMax = 256;
        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> bytes = size <= OnStackMax ? stackalloc byte[OnStackMax] : new byte[size];
        Check(raw.sqlite3_bind_text(_statement, index, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
        return this;
    }

    /// <summary>True when there is a row; false, and ready for the next execution, when there is none (any more).</summary>
    /// <exception cref="SqliteException">It failed; the statement is ready for the next execution.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        var failure = code == raw.SQLITE_DONE ? null : Failure(_database);
        raw.sqlite3_reset(_statement);
        return failure is null ? false : throw failure;
    }

    /// <summary>Executes a statement that returns nothing and tells how many rows it changed.</summary>
    public int Run()
    {
        if (Step())
        {
            Reset();
        }

        return raw.sqlite3_changes(_database);
    }

    /// <summary>Ends an execution before its last row.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int32(int column) => raw.sqlite3_column_int(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    /// <summary>What the connection failed with last.</summary>
    public static SqliteException Failure(sqlite3 database)
    {
        var extended = raw.sqlite3_extended_errcode(database);
        var text = raw.sqlite3_errmsg(database).utf8_to_string();
        return new SqliteException($"SQLite error {extended}: {text}", extended & 0xff, extended);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(_database);
        }
    }
}
