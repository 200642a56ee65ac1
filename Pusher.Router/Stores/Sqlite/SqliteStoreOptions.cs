namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// How the embedded store keeps its file. Every default suits one node with 200,000 devices on an ordinary SSD.
/// </summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The directory of the store's files; made when it is missing. It must be on a local disk: SQLite's WAL does not work over NFS.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The name of the database file in <see cref="DataDirectory"/>.</summary>
    public string FileName { get; init; } = "pusher.db";

    /// <summary>The most unacknowledged messages of a device; one more is refused with <see cref="AppendStatus.QueueFull"/>. 1 to 1,000,000.</summary>
    public int QueueMessagesMax { get; init; } = 1_000;

    /// <summary>The most unacknowledged payload bytes of a device. 1 or more; below the largest payload such a message can never be stored.</summary>
    public long QueueBytesMax { get; init; } = 4 << 20;

    /// <summary>How long a publisher id stays taken. Shorter: a late retry prints twice. It cannot exceed <see cref="StatusRetention"/>.</summary>
    public TimeSpan DedupeRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long the status of an ended message can be asked for, from its end. At least 24 h; each hour costs about 100 bytes of disk per message of the hour.</summary>
    public TimeSpan StatusRetention { get; init; } = TimeSpan.FromHours(48);

    /// <summary>The most requests in one transaction. 1 to 65,536; larger saves disk writes, smaller shortens the wait of the first of them.</summary>
    public int BatchRequestsMax { get; init; } = 4_096;

    /// <summary>The most payload bytes in one transaction; at least one request is taken.</summary>
    public int BatchBytesMax { get; init; } = 8 << 20;

    /// <summary>The most requests waiting for the writer; an append beyond it is answered <see cref="AppendStatus.Unavailable"/> at once.</summary>
    public int WriterQueueMax { get; init; } = 100_000;

    /// <summary>The most payload bytes waiting for the writer, likewise.</summary>
    public long WriterQueueBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// For how long acknowledgements and results may wait for an append to share its flush, in milliseconds. 0: each goes at once, a flush
    /// of its own. What waits when the process dies is acknowledged again by the device.
    /// </summary>
    public int AckPatienceMs { get; init; } = 20;

    /// <summary>The most devices whose counters are kept in memory, about 250 bytes each; further ones are read from the file again when they are needed.</summary>
    public int DevicesInMemoryMax { get; init; } = 300_000;

    /// <summary>Threads that read, each with a connection of its own. 1 to 16.</summary>
    public int ReaderCount { get; init; } = 2;

    /// <summary>SQLite's page cache of the writer, in KiB. Each reader has an eighth of it.</summary>
    public int WriterCacheKib { get; init; } = 64 << 10;

    /// <summary>The most messages in a page, whatever the caller asks for.</summary>
    public int PageMessagesMax { get; init; } = 1_000;

    /// <summary>The most payload bytes in a page, whatever the caller asks for; one message is always returned.</summary>
    public int PageBytesMax { get; init; } = 1 << 20;

    /// <summary>Appends are refused while the file system has less than this free, so that acknowledgements can still be written. Size it at several times <see cref="WalBytesTarget"/>.</summary>
    public long FreeSpaceReserveBytes { get; init; } = 256 << 20;

    /// <summary>The write-ahead log is copied into the database in the background from this size on; it may reach a few times this size meanwhile. 1 MiB or more.</summary>
    public long WalBytesTarget { get; init; } = 32 << 20;

    /// <summary>Messages that one slice of a sweep may expire or forget: the time that appends wait for it.</summary>
    public int SweepSliceMessages { get; init; } = 500;

    /// <summary>The most messages that one sweep expires; the rest is left to the next one.</summary>
    public int SweepExpiredMax { get; init; } = 10_000;

    /// <summary>The clock of retention, expiry and end times.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The full path of the database file.</summary>
    public string FilePath => Path.Combine(DataDirectory, FileName);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(DataDirectory), nameof(DataDirectory), "must name a directory");
        Require(Path.GetFileName(FileName) == FileName && FileName.Length > 0, nameof(FileName), "must be a file name without a directory");
        Require(QueueMessagesMax is >= 1 and <= 1_000_000, nameof(QueueMessagesMax), "must be 1 to 1,000,000");
        Require(QueueBytesMax >= 1, nameof(QueueBytesMax), "must be 1 or more");
        Require(DedupeRetention > TimeSpan.Zero, nameof(DedupeRetention), "must be positive");
        Require(StatusRetention >= TimeSpan.FromHours(24), nameof(StatusRetention), "must be 24 hours or more");
        Require(DedupeRetention <= StatusRetention, nameof(DedupeRetention), "must not exceed StatusRetention");
        Require(BatchRequestsMax is >= 1 and <= 65_536, nameof(BatchRequestsMax), "must be 1 to 65,536");
        Require(BatchBytesMax >= 1, nameof(BatchBytesMax), "must be 1 or more");
        Require(WriterQueueMax >= 1 && WriterQueueBytesMax >= 1, nameof(WriterQueueMax), "and WriterQueueBytesMax must be 1 or more");
        Require(AckPatienceMs is >= 0 and <= 60_000, nameof(AckPatienceMs), "must be 0 to 60,000");
        Require(DevicesInMemoryMax >= 16, nameof(DevicesInMemoryMax), "must be 16 or more");
        Require(ReaderCount is >= 1 and <= 16, nameof(ReaderCount), "must be 1 to 16");
        Require(WriterCacheKib >= 64, nameof(WriterCacheKib), "must be 64 or more");
        Require(PageMessagesMax >= 1 && PageBytesMax >= 1, nameof(PageMessagesMax), "and PageBytesMax must be 1 or more");
        Require(FreeSpaceReserveBytes >= 0, nameof(FreeSpaceReserveBytes), "must not be negative");
        Require(WalBytesTarget >= 1 << 20, nameof(WalBytesTarget), "must be 1 MiB or more");
        Require(SweepSliceMessages >= 1 && SweepExpiredMax >= SweepSliceMessages, nameof(SweepExpiredMax), "must be at least SweepSliceMessages, which must be positive");
    }

    private static void Require(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"Store option {name} {rule}.");
        }
    }
}
