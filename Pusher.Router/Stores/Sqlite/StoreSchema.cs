using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// The tables and how they came to be. <c>user_version</c> is the number of migrations that a file has had; a published
/// migration is never edited, a new one is added behind it.
/// </summary>
/// <remarks>
/// <c>pending</c> holds what is not acknowledged, by <see cref="StreamKey"/>, so that a replay reads neighbours; a message that
/// ended otherwise (expired, dead) leaves its row there without the payload, so that the gap can be explained until the
/// device is past it. <c>message</c> is the status of every message, in the order of time: inserts go to its end and
/// leave full pages behind. <c>message_publisher</c> is both the dedupe index and the way to find a message by its publisher's id.
/// A stream's last seq is the higher of <c>stream.last_seq</c> and its last row in <c>pending</c>: an append needs no update.
/// </remarks>
internal static class StoreSchema
{
    /// <summary>The version this program writes.</summary>
    public static int Version => Migrations.Length;

    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE device (
            device_id INTEGER PRIMARY KEY,
            tenant TEXT NOT NULL,
            device TEXT NOT NULL,
            stream INTEGER NOT NULL UNIQUE,
            UNIQUE (tenant, device));
        CREATE TABLE stream (
            stream INTEGER PRIMARY KEY,
            device_id INTEGER NOT NULL,
            last_seq INTEGER NOT NULL,
            acked_seq INTEGER NOT NULL);
        CREATE TABLE retired_stream (
            stream INTEGER NOT NULL,
            device_id INTEGER NOT NULL,
            lost INTEGER NOT NULL,
            retired_at INTEGER NOT NULL,
            PRIMARY KEY (stream, device_id)) WITHOUT ROWID;
        CREATE TABLE message (
            message_id INTEGER PRIMARY KEY,
            device_id INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            state INTEGER NOT NULL,
            accepted_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            publisher_id TEXT,
            result INTEGER,
            result_text TEXT);
        CREATE INDEX message_publisher ON message (device_id, publisher_id) WHERE publisher_id IS NOT NULL;
        CREATE TABLE pending (
            position INTEGER PRIMARY KEY,
            message_id INTEGER NOT NULL,
            state INTEGER NOT NULL,
            accepted_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            payload BLOB);
        """,
        // Finds what has expired without reading what has not.
        "CREATE INDEX pending_expiry ON pending (expires_at) WHERE expires_at > 0;",
    ];

    /// <summary>Brings the file to <paramref name="target"/> (<see cref="Version"/> in production) and returns its incarnation.</summary>
    /// <exception cref="StoreUnavailableException">A newer program wrote the file.</exception>
    public static ulong Migrate(SqliteConnection connection, string path, int target)
    {
        var version = Scalar(connection, "PRAGMA user_version");
        if (version > target)
        {
            throw new StoreUnavailableException(
                $"The message store {path} has schema version {version}; this program knows versions up to {target}. Start the newer program that wrote it, or give another data directory.");
        }

        for (var next = (int)version; next < target; next++)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, transaction, Migrations[next]);
            if (next == 0)
            {
                Execute(connection, transaction, $"INSERT INTO meta (key, value) VALUES ('incarnation', {DrawIncarnation()})");
            }

            Execute(connection, transaction, $"PRAGMA user_version = {next + 1}");
            transaction.Commit();
        }

        return (ulong)Scalar(connection, "SELECT value FROM meta WHERE key = 'incarnation'");
    }

    /// <summary>The first column of the first row.</summary>
    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the callers' constants
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // this class's constants and numbers
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long DrawIncarnation()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return (BinaryPrimitives.ReadInt64LittleEndian(bytes) & long.MaxValue) | 1;
    }
}
