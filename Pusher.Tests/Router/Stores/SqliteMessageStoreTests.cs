using System.Text;
using Microsoft.Data.Sqlite;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Faults;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Sqlite;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>What only the SQLite store has: a file, its schema, its lock, its disk.</summary>
public sealed class SqliteMessageStoreTests : IDisposable
{
    private static readonly DeviceKey Printer = new("acme", "printer-1");
    private readonly StoreDirectory _directory = new();
    private ulong _lastId;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory.Path, "pusher.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Open_NewFile_WritesTheNewestSchemaInWalMode()
    {
        await using (SqliteStores.Open(_directory.Path, new StoreSettings()))
        {
            using var connection = Connect();
            Assert.Equal(2, StoreSchema.Scalar(connection, "PRAGMA user_version"));
            using var mode = connection.CreateCommand();
            mode.CommandText = "PRAGMA journal_mode";
            Assert.Equal("wal", mode.ExecuteScalar());
        }
    }

    [Fact]
    public async Task OpenWriter_BoundLimit_DoesNotCompileTheStatementAnew()
    {
        await using (SqliteStores.Open(_directory.Path, new StoreSettings()))
        {
            // Makes the tables.
        }

        const string Query = "SELECT position FROM pending WHERE position > ? ORDER BY position LIMIT ?";
        Assert.Equal(0, Recompilations(StoreFile.OpenWriter(new SqliteStoreOptions { DataDirectory = _directory.Path }, flush: true)));
        Assert.Equal(0, Recompilations(StoreFile.OpenReader(new SqliteStoreOptions { DataDirectory = _directory.Path })));
        Assert.NotEqual(0, Recompilations(Connect())); // what a connection does by itself

        static int Recompilations(SqliteConnection connection)
        {
            using (connection)
            {
                using var statement = new SqliteStatement(connection.Handle!, Query);
                for (var limit = 1; limit <= 10; limit++)
                {
                    statement.Bind(1, limit).Bind(2, limit).Run();
                }

                return statement.Recompilations;
            }
        }
    }

    [Fact]
    public async Task Open_NewFiles_DrawDifferentIncarnations()
    {
        using var other = new StoreDirectory();
        await using var first = SqliteStores.Open(_directory.Path, new StoreSettings());
        await using var second = SqliteStores.Open(other.Path, new StoreSettings());

        Assert.NotEqual(0UL, first.Incarnation);
        Assert.NotEqual(first.Incarnation, second.Incarnation);
    }

    [Fact]
    public async Task Open_Version1_MigratesAndKeepsTheData()
    {
        using (var connection = Connect())
        {
            StoreSchema.Migrate(connection, FilePath, target: 1);
            using var fill = connection.CreateCommand();
            fill.CommandText =
                """
                INSERT INTO device VALUES (1, 'acme', 'printer-1', 77);
                INSERT INTO stream VALUES (77, 1, 4, 4);
                INSERT INTO message VALUES (9, 1, 77, 5, 0, 1000, 2000, 0, 0, 'order-5', NULL, NULL);
                INSERT INTO pending VALUES (77 * 4294967296 + 5, 9, 0, 1000, 2000, 0, 0, x'6162');
                """;
            fill.ExecuteNonQuery();
        }

        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings());
        using (var connection = Connect())
        {
            Assert.Equal(2, StoreSchema.Scalar(connection, "PRAGMA user_version"));
        }

        Assert.Equal(new StreamState(77, 4, 5), Assert.Single((await store.OpenAsync(Printer, default, Cancellation)).Streams));
        Assert.Equal("ab", Encoding.ASCII.GetString((await store.ReadAsync(Printer, 77, 4, 10, 1_000, Cancellation)).Messages[0].Payload.Span));
        Assert.Equal(9UL, Assert.Single(await store.SweepAsync(Cancellation)).MessageId);
    }

    [Fact]
    public async Task Open_NewerVersion_IsRefusedByName()
    {
        await SqliteStores.Open(_directory.Path, new StoreSettings()).DisposeAsync();
        using (var connection = Connect())
        {
            using var raise = connection.CreateCommand();
            raise.CommandText = "PRAGMA user_version = 99";
            raise.ExecuteNonQuery();
        }

        var refused = Assert.Throws<StoreUnavailableException>(() => SqliteStores.Open(_directory.Path, new StoreSettings()));
        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
        Assert.Contains(FilePath, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_FileInUse_NamesTheProcess()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings());

        var refused = Assert.Throws<StoreUnavailableException>(() => SqliteStores.Open(_directory.Path, new StoreSettings()));
        Assert.Contains($"in use by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AfterAFailedOpen_Works()
    {
        await File.WriteAllTextAsync(FilePath, new string('x', 8_192), Cancellation);
        var refused = Assert.Throws<StoreUnavailableException>(() => SqliteStores.Open(_directory.Path, new StoreSettings()));
        Assert.Contains($"{FilePath} is not a database", refused.Message, StringComparison.Ordinal);

        File.Delete(FilePath);
        await SqliteStores.Open(_directory.Path, new StoreSettings()).DisposeAsync();
    }

    [Fact]
    public void Open_DirectoryCannotBeMade_NamesItAndTheRemedy()
    {
        var file = Path.Combine(_directory.Path, "file");
        File.WriteAllText(file, "");
        var directory = Path.Combine(file, "data");

        var refused = Assert.Throws<StoreUnavailableException>(() => SqliteStores.Open(directory, new StoreSettings()));
        Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
        Assert.Contains("write access", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BadOption_NamesIt()
    {
        var options = new SqliteStoreOptions { DataDirectory = _directory.Path, StatusRetention = TimeSpan.FromHours(1) };
        Assert.Contains("StatusRetention", Assert.Throws<ArgumentException>(() => SqliteMessageStore.Open(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_MessageIdTwice_IsRefusedWithoutHarmToTheBatch()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings());
        var first = NewAppend("a");
        var same = NewAppend("b");
        same.MessageId = first.MessageId;
        var third = NewAppend("c");
        foreach (var append in new[] { first, same, third })
        {
            store.Append(append);
        }

        await third.Completed;
        Assert.Equal((AppendStatus.Stored, AppendStatus.Unavailable, AppendStatus.Stored), (first.Status, same.Status, third.Status));
        Assert.Equal(2UL, third.Seq);
    }

    [Fact]
    public async Task Append_MoreDevicesThanFitInMemory_NumbersThemAll()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings());
        for (var round = 1UL; round <= 3; round++)
        {
            var appends = Enumerable.Range(0, 200).Select(i => NewAppend(null, new DeviceKey("acme", $"d{i}"))).ToArray();
            Array.ForEach(appends, store.Append);
            await Task.WhenAll(appends.Select(a => a.Completed));
            Assert.All(appends, a => Assert.Equal((AppendStatus.Stored, round, (int)round), (a.Status, a.Seq, a.QueueDepth)));
        }
    }

    [Fact]
    public async Task Append_QueueOfTheWriterFull_IsRefusedAtOnce()
    {
        var options = SqliteStores.Options(_directory.Path, new StoreSettings()) with { WriterQueueMax = 10 };
        await using var store = SqliteMessageStore.Open(options);
        var appends = Enumerable.Range(0, 5_000).Select(i => NewAppend(null, new DeviceKey("acme", $"d{i}"))).ToArray();
        Array.ForEach(appends, store.Append);
        await Task.WhenAll(appends.Select(a => a.Completed));

        Assert.Contains(appends, a => a.Status == AppendStatus.Unavailable);
        Assert.Contains(appends, a => a.Status == AppendStatus.Stored);
        Assert.All(appends, a => Assert.Equal(1, a.Completions));
    }

    [Fact]
    public async Task Append_LongLog_IsCopiedBackAndStartsOver()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings { QueueMessagesMax = 100_000, QueueBytesMax = long.MaxValue });
        for (var i = 0; i < 600; i++)
        {
            var append = NewAppend(null);
            append.Payload = new byte[60_000];
            store.Append(append);
            await append.Completed;
            Assert.Equal(AppendStatus.Stored, append.Status);
        }

        var log = new FileInfo(FilePath + "-wal").Length;
        Assert.True(log < 24 << 20, $"36 MB were written and the log is {log} bytes long.");
    }

    [Fact]
    public async Task Append_WithoutDedupe_StoresTwice()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings(), Breakage.Dedupe);
        var first = NewAppend("order-1");
        var again = NewAppend("order-1");
        store.Append(first);
        store.Append(again);
        await again.Completed;

        Assert.Equal((AppendStatus.Stored, AppendStatus.Stored), (first.Status, again.Status));
    }

    // A device acknowledges no more than its window at once, and the reserve is for that; thousands of rows in one go would not fit.
    private static async Task AcknowledgeInWindowsAsync(SqliteMessageStore store, uint stream, ulong after, ulong through)
    {
        const ulong Window = 256;
        while (after < through)
        {
            after = Math.Min(after + Window, through);
            store.Acknowledge(Printer, stream, after);
            await store.FlushAsync(Cancellation);
        }
    }

    [Fact]
    public async Task Append_DiskFull_IsRefusedWhileAcksGoOnAndReturnsWithoutARestart()
    {
        var mountPoint = Path.Combine(_directory.Path, "small");
        using var disk = LoopMount.TryMemory(24 << 20, mountPoint, out var reason);
        Assert.SkipWhen(disk is null, $"Mounts are not allowed here ({reason}); the disk-full test has shown nothing.");
        var options = SqliteStores.Options(disk!.Path, new StoreSettings { QueueMessagesMax = 100_000, QueueBytesMax = long.MaxValue }) with { FreeSpaceReserveBytes = 8 << 20 };
        await using var store = SqliteMessageStore.Open(options);

        var stored = await FillAsync(store);
        Assert.NotEmpty(stored);
        await AcknowledgeInWindowsAsync(store, stored[0].Stream, 0, stored[^1].Seq / 2);
        Assert.Equal(MessageState.Acked, (await store.FindAsync("acme", stored[0].MessageId, Cancellation))?.State);

        // Somebody else eats the rest: nothing can be written, nothing may be claimed.
        var ballast = Path.Combine(disk.Path, "ballast");
        FillDisk(ballast);
        stored.AddRange(await FillAsync(store)); // room was asked for a moment ago, and the log's file may still have some
        File.Delete(ballast);
        await AcknowledgeInWindowsAsync(store, stored[0].Stream, stored[^1].Seq / 2, stored[^1].Seq);

        await Support.Eventually.TrueAsync(async () =>
        {
            var retried = NewAppend("late");
            store.Append(retried);
            await retried.Completed;
            Assert.NotEqual(AppendStatus.Duplicate, retried.Status); // it would have been stored when it was refused
            return retried.Status == AppendStatus.Stored;
        });
        foreach (var append in stored)
        {
            Assert.Equal(MessageState.Acked, (await store.FindAsync("acme", append.MessageId, Cancellation))?.State);
        }
    }

    [Fact]
    public async Task Append_DiskFullWithoutAReserve_LosesNothingThatWasAnswered()
    {
        using var disk = LoopMount.TryMemory(4 << 20, Path.Combine(_directory.Path, "small"), out var reason);
        Assert.SkipWhen(disk is null, $"Mounts are not allowed here ({reason}); the disk-full test has shown nothing.");
        var options = SqliteStores.Options(disk!.Path, new StoreSettings { QueueMessagesMax = 100_000, QueueBytesMax = long.MaxValue });
        await using var store = SqliteMessageStore.Open(options);

        var stored = await FillAsync(store);

        Assert.NotEmpty(stored);
        foreach (var append in stored)
        {
            Assert.Equal(MessageState.Pending, (await store.FindAsync("acme", append.MessageId, Cancellation))?.State);
        }
    }

    // Until the first refusal; each answer is checked to be the right one.
    private async Task<List<TestAppend>> FillAsync(SqliteMessageStore store)
    {
        var stored = new List<TestAppend>();
        while (true)
        {
            var append = NewAppend(null);
            append.Payload = new byte[10_000];
            store.Append(append);
            await append.Completed;
            if (append.Status != AppendStatus.Stored)
            {
                Assert.Equal(AppendStatus.Unavailable, append.Status);
                return stored;
            }

            stored.Add(append);
        }
    }

    private static void FillDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4_096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            return; // full, as asked
        }
    }

    private TestAppend NewAppend(string? publisherId, DeviceKey? device = null) => new()
    {
        Device = device ?? Printer,
        MessageId = ++_lastId,
        PublisherId = publisherId,
        Payload = "order"u8.ToArray(),
        AcceptedAtUnixMs = new StoreSettings().Time.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        return connection;
    }
}
