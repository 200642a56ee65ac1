using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Pusher.Router.Faults;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Sends one batch and gives each request its answer: one script for all of it, in Cluster one for each partition.</summary>
/// <remarks>Threading: the lane's that owns it.</remarks>
internal sealed class BatchSender(RedisStoreOptions options, RedisLink link, Breakage breakage, StoreView view)
{
    private readonly BatchWriter _writer = new(options, breakage, link.IsCluster);
    private readonly HashSet<int> _partitions = [];

    /// <summary>Returns when every request has its answer; throws when those that have not ended get none.</summary>
    public async Task SendAsync(List<StoreRequest> batch)
    {
        MarkCrash(batch, RequestKind.Append, CrashPoint.BeforeStore);
        MarkCrash(batch, RequestKind.Acknowledge, CrashPoint.AfterAck);
        if (link.IsCluster)
        {
            await SendByPartitionAsync(batch).ConfigureAwait(false);
        }
        else
        {
            await SendWholeAsync(batch).ConfigureAwait(false);
        }

        foreach (var request in batch)
        {
            (request.Target as FlushCall)?.End();
        }
    }

    private async Task SendWholeAsync(List<StoreRequest> batch)
    {
        if (!batch.TrueForAll(request => request.Target is FlushCall))
        {
            await FinishAsync(batch, -1, AskAsync(batch, -1, RedisScript.Batch)).ConfigureAwait(false);
        }
    }

    // The index comes first: an entry without a message is harmless, a message without its entry could not be found by its id.
    private async Task SendByPartitionAsync(List<StoreRequest> batch)
    {
        await WriteIndexAsync(batch).ConfigureAwait(false);
        _partitions.Clear();
        foreach (var request in batch)
        {
            if (request.Target is not FlushCall)
            {
                _partitions.Add(request.Partition);
            }
        }

        // All are on their way before the first is awaited: they share the connection's writes and Redis's flush. What answers do to the batch and the
        // writer is done here, one after the other: the threads that bring them work side by side.
        var asked = _partitions.Select(partition => (Partition: partition, Answer: AskAsync(batch, partition, RedisScript.Batch))).ToArray();
        Exception? failure = null;
        foreach (var (partition, answer) in asked)
        {
            try
            {
                await FinishAsync(batch, partition, answer).ConfigureAwait(false);
            }
            catch (Exception e) when (RedisFault.IsFault(e))
            {
                failure = failure is null || RedisFault.HadNoEffect(failure) ? e : failure; // the one that leaves more in doubt
            }
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async Task WriteIndexAsync(List<StoreRequest> batch)
    {
        _writer.Collect(batch);
        if (_writer.Top == 0)
        {
            return;
        }

        var writes = new List<Task> { link.EvaluateAsync(RedisScript.Top, [MessageIndex.TopsKey], [(RedisValue)_writer.Top, options.NodeNumber]) };
        foreach (var (group, entry) in _writer.Index)
        {
            var key = MessageIndex.GroupKey(group);
            var life = TimeSpan.FromMilliseconds(entry.LifeMs);
            writes.Add(link.InTime(Done(link.Database.HashSetAsync(key, [.. entry.Entries.Select(e => new HashEntry(e.Field, e.Partition))]))));
            writes.Add(link.InTime(link.Database.KeyExpireAsync(key, life, ExpireWhen.HasNoExpiry)));
            writes.Add(link.InTime(link.Database.KeyExpireAsync(key, life, ExpireWhen.GreaterThanCurrentExpiry)));
        }

        await Task.WhenAll(writes).ConfigureAwait(false);
    }

    private static async Task<bool> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    // With no memory left appends are refused, and what frees memory goes on.
    private async Task FinishAsync(List<StoreRequest> batch, int partition, Task<byte[]> answer)
    {
        try
        {
            Answer(batch, partition, await answer.ConfigureAwait(false));
            return;
        }
        catch (RedisServerException e) when (RedisFault.IsOutOfMemory(e))
        {
            RefuseAppends(batch, partition);
        }

        Answer(batch, partition, await AskAsync(batch, partition, RedisScript.BatchWithoutAppends).ConfigureAwait(false));
    }

    private static void RefuseAppends(List<StoreRequest> batch, int partition)
    {
        foreach (ref var request in CollectionsMarshal.AsSpan(batch))
        {
            if (request.Kind == RequestKind.Append && (partition < 0 || request.Partition == partition))
            {
                var append = request;
                request = default; // first: behind its answer it is not ours
                append.EndAppend(AppendStatus.Unavailable);
            }
        }
    }

    private async Task<byte[]> AskAsync(List<StoreRequest> batch, int partition, RedisScript script)
    {
        RedisKey[] keys = partition < 0 ? [] : Partition.Keys(partition);
        var known = view.Current;
        var arguments = _writer.Write(batch, partition, known, out var pooled, out var top);
        try
        {
            var answers = (byte[])(await link.EvaluateAsync(script, keys, arguments).ConfigureAwait(false))!;
            // Given back only when there is an answer: a command that is late is still to be written, from this buffer.
            ArrayPool<byte>.Shared.Return(pooled);
            known.Raise(partition, top);
            return answers;
        }
        catch (RedisServerException e) when (RedisFault.IsLoss(e))
        {
            view.Miss(known);
            throw;
        }
    }

    private static void Answer(List<StoreRequest> batch, int partition, byte[] answers)
    {
        var reader = new AnswerReader(answers);
        foreach (ref var request in CollectionsMarshal.AsSpan(batch))
        {
            if (partition < 0 || request.Partition == partition)
            {
                Answer(ref request, ref reader);
            }
        }
    }

    private static void Answer(ref StoreRequest request, ref AnswerReader reader)
    {
        switch (request.Kind)
        {
            case RequestKind.Append:
                var append = request;
                request = default; // first: behind its answer it is not ours
                AnswerAppend(append, ref reader);
                break;
            case RequestKind.Acknowledge:
                StoreMeters.AcksIgnored.Add(reader.ReadByte() == 0 ? 1 : 0);
                request = default;
                break;
            case RequestKind.Call when request.Target is StoreCall { IsSent: true } call:
                call.Read(ref reader);
                request = default;
                break;
            case RequestKind.Done or RequestKind.Attempts:
                request = default;
                break;
        }
    }

    private static void AnswerAppend(in StoreRequest request, ref AnswerReader reader)
    {
        var append = (AppendOperation)request.Target!;
        var status = (AppendStatus)reader.ReadByte();
        if (status is AppendStatus.Stored or AppendStatus.Duplicate)
        {
            append.Stream = reader.ReadUInt32();
            append.Seq = reader.ReadUInt48();
        }

        if (status != AppendStatus.Unavailable)
        {
            append.QueueDepth = (int)reader.ReadUInt32();
        }

        if (status == AppendStatus.Duplicate)
        {
            append.MessageId = reader.ReadId()!.Value;
        }
        else if (status == AppendStatus.Stored)
        {
            CrashPoint.Hit(CrashPoint.AfterStore);
        }

        request.EndAppend(status);
    }

    private static void MarkCrash(List<StoreRequest> batch, RequestKind kind, string point)
    {
        foreach (var request in CrashPoint.IsArmed ? batch : [])
        {
            if (request.Kind == kind)
            {
                CrashPoint.Hit(point);
            }
        }
    }
}
