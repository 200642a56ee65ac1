using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Router.Faults;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// The one thread that writes: takes whatever is queued, does it in one transaction, commits (which flushes), then answers.
/// While it flushes the next batch gathers, so the batch grows with the load and a lone append waits for no one.
/// </summary>
/// <remarks>Threading: everything here runs on the writer's thread, but for the constructor.</remarks>
internal sealed class StoreWriter
{
    private static readonly TimeSpan CutLogAgainAfter = TimeSpan.FromSeconds(1);

    private readonly SqliteStoreOptions _options;
    private readonly WriteQueue _queue;
    private readonly WriteSession _session;
    private readonly MessageWriter _messages;
    private readonly Checkpointer _checkpointer;
    private readonly FreeSpaceGuard _space;
    private readonly ILogger _logger;
    private readonly int[] _answers = new int[StoreMeters.StatusLabels.Length];
    private bool _hadRoom = true;
    private int _acksIgnored;
    private long _logCutAt;

    public StoreWriter(SqliteStoreOptions options, WriteQueue queue, WriteSession session, MessageWriter messages, Checkpointer checkpointer, ILogger logger)
    {
        _options = options;
        _queue = queue;
        _session = session;
        _messages = messages;
        _checkpointer = checkpointer;
        _space = new FreeSpaceGuard(options, session);
        _logger = logger;
    }

    /// <summary>Works until the queue is closed and drained.</summary>
    public void Run()
    {
        while (true)
        {
            var batch = _queue.Take(_options.BatchRequestsMax, _options.BatchBytesMax);
            if (batch.IsEmpty)
            {
                return;
            }

            Process(batch);
        }
    }

    private void Process(ReadOnlySpan<WriteRequest> batch)
    {
        var start = Stopwatch.GetTimestamp();
        var withAppends = HasRoomOrFails(batch);
        var failure = TryCommit(batch, withAppends, out var isInDoubt);
        if (failure is { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } && withAppends && !isInDoubt)
        {
            // The appends are refused for certain; what is left mostly makes room.
            StoreLog.BatchFailed(_logger, failure, _options.FilePath, batch.Length, AppendStatus.Unavailable);
            withAppends = false;
            failure = TryCommit(batch, withAppends, out isInDoubt);
        }

        if (failure is { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } && !isInDoubt)
        {
            // What is left are acknowledgements, which free more than they take: the room that the log's file holds is for them.
            _checkpointer.CutLog(_session);
            failure = TryCommit(batch, withAppends, out isInDoubt);
        }

        if (failure is null)
        {
            Complete(batch, withAppends);
            _checkpointer.AfterCommit(_session);
        }
        else
        {
            Fail(batch, failure, isInDoubt && withAppends);
        }

        Count(batch.Length, start);
    }

    // A file system that cannot even be asked will fail the transaction as well, and that is where it is explained.
    private bool HasRoomOrFails(ReadOnlySpan<WriteRequest> batch)
    {
        try
        {
            return HasRoom(batch);
        }
        catch (Exception e) when (e is IOException or SqliteException or UnauthorizedAccessException)
        {
            StoreLog.SpaceUnknown(_logger, e, _options.DataDirectory);
            return true;
        }
    }

    private bool HasRoom(ReadOnlySpan<WriteRequest> batch)
    {
        const int RowBytes = 256; // rows, index entries and their share of half-filled pages
        long bytes = 0;
        foreach (ref readonly var request in batch)
        {
            bytes += request.Bytes + RowBytes;
        }

        var hasRoom = _space.HasRoom(bytes) || HasRoomWithoutLog(bytes);
        if (hasRoom != _hadRoom)
        {
            _hadRoom = hasRoom;
            if (hasRoom)
            {
                StoreLog.RoomAgain(_logger, _options.FilePath);
            }
            else
            {
                StoreLog.NoRoom(_logger, _options.FilePath, _options.FreeSpaceReserveBytes);
            }
        }

        return hasRoom;
    }

    // The log's file keeps its length when it starts over, and on a small disk that can be all the room there is.
    private bool HasRoomWithoutLog(long bytes)
    {
        if (_logCutAt != 0 && Stopwatch.GetElapsedTime(_logCutAt) < CutLogAgainAfter)
        {
            return false;
        }

        _checkpointer.CutLog(_session);
        _logCutAt = Stopwatch.GetTimestamp();
        return _space.AskAgain(bytes);
    }

    /// <summary>
    /// Null when the batch is committed. It is in doubt when the commit itself failed in writing or flushing: its last frame may
    /// be on the disk, and a restart would find it. A full disk is no doubt: the frame that closes the commit is the one
    /// that did not fit, or comes behind it.
    /// </summary>
    private SqliteException? TryCommit(ReadOnlySpan<WriteRequest> batch, bool withAppends, out bool isInDoubt)
    {
        isInDoubt = false;
        try
        {
            _session.Begin();
            _acksIgnored = 0;
            foreach (ref readonly var request in batch)
            {
                Apply(request, withAppends);
            }

            _session.Prepare();
            isInDoubt = true;
            _session.Commit();
            return null;
        }
        catch (SqliteException e)
        {
            isInDoubt &= e.SqliteErrorCode != SQLitePCL.raw.SQLITE_FULL;
            return TryRollback() ?? e;
        }
    }

    private SqliteException? TryRollback()
    {
        try
        {
            _session.Rollback();
            return null;
        }
        catch (SqliteException e)
        {
            return e; // the next BEGIN fails as well, and is answered as this one
        }
    }

    private void Apply(in WriteRequest request, bool withAppends)
    {
        switch (request.Kind)
        {
            case WriteKind.Append when withAppends:
                _messages.Append((AppendOperation)request.Target!);
                break;
            case WriteKind.Acknowledge:
                _acksIgnored += _messages.Acknowledge(request.Device, request.Stream, request.Number) ? 0 : 1;
                break;
            case WriteKind.Done:
                _messages.RecordDone(request.Device, request.Number, (DeliveryResult)request.Value, (string?)request.Target);
                break;
            case WriteKind.Attempts:
                _messages.RecordAttempts(request.Device, request.Stream, request.Number, request.Value);
                break;
            case WriteKind.Call:
                ((WriterCall)request.Target!).Apply();
                break;
        }
    }

    private void Complete(ReadOnlySpan<WriteRequest> batch, bool withAppends)
    {
        foreach (ref readonly var request in batch)
        {
            if (request.Target is AppendOperation append)
            {
                CrashPoint.Hit(CrashPoint.AfterStore);
                Answer(append, (int)request.Number, withAppends ? append.Status : AppendStatus.Unavailable);
            }
            else if (request.Target is WriterCall call)
            {
                call.Complete();
            }
        }

        if (_acksIgnored > 0)
        {
            StoreMeters.AcksIgnored.Add(_acksIgnored);
        }
    }

    private void Fail(ReadOnlySpan<WriteRequest> batch, SqliteException failure, bool isInDoubt)
    {
        var status = isInDoubt ? AppendStatus.Unknown : AppendStatus.Unavailable;
        var explained = StoreFile.Explain(_options.FilePath, failure);
        StoreLog.BatchFailed(_logger, failure, _options.FilePath, batch.Length, status);
        StoreMeters.Failures.Add(1);
        var dropped = 0;
        foreach (ref readonly var request in batch)
        {
            if (request.Target is AppendOperation append)
            {
                Answer(append, (int)request.Number, status);
            }
            else if (request.Target is WriterCall call)
            {
                call.Fail(explained);
            }
            else
            {
                dropped++;
            }
        }

        StoreMeters.Dropped.Add(dropped);
    }

    private void Answer(AppendOperation append, int handOver, AppendStatus status)
    {
        _answers[(int)status]++;
        append.Complete(handOver, status); // it may be another message from here on
    }

    private void Count(int requests, long start)
    {
        StoreMeters.BatchRequests.Record(requests);
        StoreMeters.BatchDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        for (var status = 0; status < _answers.Length; status++)
        {
            if (_answers[status] > 0)
            {
                StoreMeters.Appends.Add(_answers[status], StoreMeters.StatusLabels[status]);
                _answers[status] = 0;
            }
        }
    }
}
