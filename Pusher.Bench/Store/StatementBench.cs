using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Bench.Store;

/// <summary>One insert and one update by key, 200,000 times in one transaction in memory: prepared ADO.NET commands against <see cref="SqliteStatement"/>.</summary>
internal static class StatementBench
{
    private const int Rows = 200_000;
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, state INTEGER, name TEXT, payload BLOB)";
    private const string Insert = "INSERT INTO t VALUES ($1, 0, $2, $3)";
    private const string Update = "UPDATE t SET state = 1, payload = NULL WHERE id = $1 AND state = 0";

    public static int Run()
    {
        for (var round = 0; round < 3; round++)
        {
            Measure("command", Commands);
            Measure("statement", Statements);
        }

        return 0;
    }

    private static void Measure(string name, Action<SqliteConnection> body)
    {
        using var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        using var table = connection.CreateCommand();
        table.CommandText = Table;
        table.ExecuteNonQuery();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        using var transaction = connection.BeginTransaction();
        body(connection);
        transaction.Commit();
        var time = Stopwatch.GetElapsedTime(start).TotalMicroseconds / (2 * Rows);
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (2.0 * Rows);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench store.{name} {time:0.00} us/statement"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench store.{name}_allocated {bytes:0.} B/statement"));
    }

    private static void Commands(SqliteConnection connection)
    {
        using var insert = connection.CreateCommand();
        insert.CommandText = Insert;
        using var update = connection.CreateCommand();
        update.CommandText = Update;
        var id = insert.Parameters.Add("$1", SqliteType.Integer);
        var name = insert.Parameters.Add("$2", SqliteType.Text);
        insert.Parameters.Add("$3", SqliteType.Blob).Value = new byte[128];
        var updated = update.Parameters.Add("$1", SqliteType.Integer);
        insert.Prepare();
        update.Prepare();
        for (long row = 1; row <= Rows; row++)
        {
            id.Value = row;
            name.Value = "order-12345678";
            insert.ExecuteNonQuery();
            updated.Value = row;
            update.ExecuteNonQuery();
        }
    }

    private static void Statements(SqliteConnection connection)
    {
        using var insert = new SqliteStatement(connection.Handle!, Insert);
        using var update = new SqliteStatement(connection.Handle!, Update);
        var payload = new byte[128];
        for (long row = 1; row <= Rows; row++)
        {
            insert.Bind(1, row).BindText(2, "order-12345678").BindBlob(3, payload).Run();
            update.Bind(1, row).Run();
        }
    }
}
