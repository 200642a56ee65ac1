using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Faults;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// The embedded message store: one SQLite file in WAL mode with <c>synchronous=FULL</c>, one writer thread with group commit,
/// a few reader threads.
/// </summary>
/// <remarks>
/// Threading: any thread. Writes are queued in the order of the calls; reads see what is committed, which includes every
/// append that was answered, but not always the latest acknowledgements.
/// </remarks>
public sealed class SqliteMessageStore : IMessageStore
{
    private readonly SqliteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly StoreLock _lock;
    private readonly WriteQueue _queue;
    private readonly WriteSession _session;
    private readonly MessageWriter _messages;
    private readonly StreamOpener _opener;
    private readonly StoreSweep _sweep;
    private readonly Checkpointer _checkpointer;
    private readonly ReadPool _readers;
    private readonly OpenQuestions _opens;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _closing;

    private SqliteMessageStore(SqliteStoreOptions options, Breakage breakage, ILogger logger, StoreLock fileLock, SqliteConnection connection)
    {
        var flush = (breakage & Breakage.Fsync) == 0;
        _options = options;
        _logger = logger;
        _lock = fileLock;
        Incarnation = StoreSchema.Migrate(connection, options.FilePath, StoreSchema.Version);
        HighestMessageId = (ulong)StoreSchema.Scalar(connection, "SELECT coalesce(max(message_id), 0) FROM message");
        _queue = new WriteQueue(options.WriterQueueMax, options.WriterQueueBytesMax, options.AckPatienceMs);
        _session = new WriteSession(connection, options);
        _messages = new MessageWriter(_session, breakage);
        _opener = new StreamOpener(_session, _messages);
        _sweep = new StoreSweep(_session, _messages);
        _readers = new ReadPool(options);
        _opens = new OpenQuestions(_readers, options.FilePath, OpenInWriterAsync);
        _checkpointer = new Checkpointer(options, flush, logger);
        var writer = new StoreWriter(options, _queue, _session, _messages, _checkpointer, logger);
        // A thread, not a task: a defect in the writer must end the process with its reason, not leave callers waiting for ever.
        new Thread(() =>
        {
            writer.Run();
            _written.SetResult();
        })
        { Name = "store writer", IsBackground = true }.Start();
        _closing = new Lazy<Task>(CloseAsync);
        StoreLog.Opened(logger, options.FilePath, Incarnation, StoreSchema.Version);
    }

    /// <inheritdoc/>
    public ulong Incarnation { get; }

    /// <summary>The highest message id that was stored when the file was opened; 0 when there was none.</summary>
    public ulong HighestMessageId { get; }

    /// <summary>Opens the store, and makes it when it is missing.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">The directory or the file cannot be used; the message names it and the remedy.</exception>
    public static SqliteMessageStore Open(SqliteStoreOptions options, ILogger<SqliteMessageStore>? logger = null)
        => Open(options, BreakageSwitch.Active, logger);

    internal static SqliteMessageStore Open(SqliteStoreOptions options, Breakage breakage, ILogger<SqliteMessageStore>? logger = null)
    {
        options.Validate();
        var fileLock = StoreLock.Take(options);
        SqliteConnection? connection = null;
        try
        {
            connection = StoreFile.OpenWriter(options, (breakage & Breakage.Fsync) == 0);
            return new SqliteMessageStore(options, breakage, (ILogger?)logger ?? NullLogger.Instance, fileLock, connection);
        }
        catch (Exception e) when (e is SqliteException or StoreUnavailableException)
        {
            connection?.Dispose();
            fileLock.Dispose();
            throw e is SqliteException failure ? StoreFile.Explain(options.FilePath, failure) : e;
        }
    }

    /// <inheritdoc/>
    public void Append(AppendOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var handOver = operation.HandOver();
        if (!_queue.TryAdd(new WriteRequest(WriteKind.Append, operation, operation.Device, 0, (ulong)handOver, 0)))
        {
            StoreMeters.Appends.Add(1, StoreMeters.StatusLabels[(int)AppendStatus.Unavailable]);
            // Not on the caller's thread: OnCompleted may take a lock that the caller holds.
            ThreadPool.UnsafeQueueUserWorkItem(
                static refused => refused.Operation.Complete(refused.HandOver, AppendStatus.Unavailable), (Operation: operation, HandOver: handOver), preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
        => _opens.Ask(device, seen, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken)
        => await _readers.Ask(reader => reader.ReadPage(device, stream, afterSeq, messagesMax, bytesMax), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Acknowledge(DeviceKey device, uint stream, ulong seq) => Post(new WriteRequest(WriteKind.Acknowledge, null, device, stream, seq, 0));

    /// <inheritdoc/>
    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
        => Post(new WriteRequest(WriteKind.Done, text, device, 0, messageId, (int)result));

    /// <inheritdoc/>
    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
        => Post(new WriteRequest(WriteKind.Attempts, null, device, stream, seq, attempts));

    /// <inheritdoc/>
    public async ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken)
        => await Write(() => _messages.GiveUp(device, stream, seq), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken)
        => await _readers.Ask(reader => reader.Find(tenant, messageId), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken)
        => await _readers.Ask(reader => reader.Find(device, publisherId), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken)
    {
        var all = new List<MessageStatus>();
        int expired;
        do
        {
            var slice = await Write(_sweep.ExpireSlice, cancellationToken).ConfigureAwait(false);
            expired = slice.Count;
            all.AddRange(slice.Expired);
        }
        while (expired == _options.SweepSliceMessages && all.Count < _options.SweepExpiredMax);
        StoreMeters.Expired.Add(all.Count);
        while (await Write(_sweep.ForgetSlice, cancellationToken).ConfigureAwait(false))
        {
            // The next slice; other requests come between.
        }

        return all;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken)
    {
        var until = _options.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)olderThan.TotalMilliseconds;
        return await _readers.Ask(reader => reader.ListWaiting(until, after, devicesMax), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await Write(static () => true, cancellationToken).ConfigureAwait(false);

    /// <summary>Refuses further requests, writes and answers what was handed in before, and closes the file.</summary>
    public async ValueTask DisposeAsync() => await _closing.Value.ConfigureAwait(false);

    private async Task<DeviceOpened> OpenInWriterAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
    {
        var outcome = await Write(() => _opener.Open(device, seen.Span), cancellationToken).ConfigureAwait(false);
        foreach (var reset in outcome.NewLosses > 0 ? outcome.Opened.Resets : [])
        {
            StoreMeters.StreamResets.Add(1);
            StoreLog.StreamReset(_logger, device, reset.OldStream, reset.NewStream, reset.Lost);
        }

        return outcome.Opened;
    }

    private void Post(in WriteRequest request)
    {
        if (!_queue.TryAdd(request))
        {
            StoreMeters.Dropped.Add(1);
        }
    }

    private Task<T> Write<T>(Func<T> body, CancellationToken cancellationToken)
    {
        var call = new WriterCall<T>(body);
        if (!_queue.TryAdd(new WriteRequest(WriteKind.Call, call, default, 0, 0, 0)))
        {
            call.Fail(new StoreUnavailableException($"The message store {_options.FilePath} is closed."));
        }

        return call.Result.WaitAsync(cancellationToken);
    }

    private async Task CloseAsync()
    {
        _queue.Close();
        await _written.Task.ConfigureAwait(false);
        _checkpointer.Dispose();
        _readers.Dispose();
        _sweep.Dispose();
        _session.Dispose();
        _lock.Dispose();
        StoreLog.Closed(_logger, _options.FilePath);
    }
}
