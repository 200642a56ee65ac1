using System.Runtime.InteropServices;
using Pusher.Router.Faults;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Sends one batch and gives each request its answer: one script for all of it, in Cluster one for each partition.</summary>
/// <remarks>Threading: the lane's that owns it; <see cref="HighestStored"/> from any thread.</remarks>
internal sealed class BatchSender(RedisStoreOptions options, RedisLink link, Breakage breakage)
{
    private readonly BatchWriter _writer = new(options, breakage, link.IsCluster);
    private readonly HashSet<int> _partitions = [];
    private ulong _highestStored;

    /// <summary>The highest message id that was answered as stored.</summary>
    public ulong HighestStored => Volatile.Read(ref _highestStored);

    /// <summary>Sets the answer of an append and tells it.</summary>
    public static void End(AppendOperation append, AppendStatus status)
    {
        append.Status = status;
        StoreMeters.Appends.Add(1, StoreMeters.StatusLabels[(int)status]);
        append.OnCompleted();
    }

    /// <summary>Returns when every request has its answer; throws when those that have none yet get none.</summary>
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

        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (request.Target is FlushCall flush)
            {
                var nothing = new AnswerReader([]);
                flush.Read(ref nothing);
            }
        }
    }

    private async Task SendWholeAsync(List<StoreRequest> batch)
    {
        if (batch.TrueForAll(request => request.Target is FlushCall))
        {
            return;
        }

        var answer = await EvaluateAsync(batch, -1, RedisScript.Batch, _writer.Write(batch)).ConfigureAwait(false);
        Answer(batch, -1, answer);
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

        // All are on their way before the first is awaited: they share the connection's writes and Redis's flush.
        var sent = _partitions.Select(partition => (partition, Answer: EvaluateAsync(batch, partition, RedisScript.Batch, _writer.Write(batch, partition)))).ToArray();
        Exception? failure = null;
        foreach (var (partition, pending) in sent)
        {
            try
            {
                Answer(batch, partition, await pending.ConfigureAwait(false));
            }
            catch (Exception e) when (RedisFault.IsFault(e))
            {
                failure = failure is null || RedisFault.HadNoEffect(failure) ? e : failure; // the one that leaves more in doubt
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private async Task WriteIndexAsync(List<StoreRequest> batch)
    {
        _writer.Collect(batch);
        if (_writer.Top == 0)
        {
            return;
        }

        var writes = new List<Task> { link.EvaluateAsync(RedisScript.Top, [MessageIndex.TopKey], [(RedisValue)_writer.Top]) };
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
    private async Task<byte[]> EvaluateAsync(List<StoreRequest> batch, int partition, RedisScript script, RedisValue[] arguments)
    {
        RedisKey[] keys = partition < 0 ? [] : [Partition.Tag(partition)];
        try
        {
            return (byte[])(await link.EvaluateAsync(script, keys, arguments).ConfigureAwait(false))!;
        }
        catch (RedisServerException e) when (RedisFault.IsOutOfMemory(e))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Target is AppendOperation append && (partition < 0 || batch[i].Partition == partition))
                {
                    End(append, AppendStatus.Unavailable);
                    batch[i] = batch[i] with { Kind = RequestKind.Call, Target = new FlushCall() };
                }
            }

            arguments = _writer.Write(batch, partition);
            return (byte[])(await link.EvaluateAsync(RedisScript.BatchWithoutAppends, keys, arguments).ConfigureAwait(false))!;
        }
    }

    private void Answer(List<StoreRequest> batch, int partition, byte[] answers)
    {
        var reader = new AnswerReader(answers);
        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (partition >= 0 && request.Partition != partition)
            {
                continue;
            }

            switch (request.Target)
            {
                case AppendOperation append:
                    Answer(append, ref reader);
                    break;
                case StoreCall { IsSent: true } call:
                    call.Read(ref reader);
                    break;
                default:
                    if (request.Kind == RequestKind.Acknowledge && reader.ReadByte() == 0)
                    {
                        StoreMeters.AcksIgnored.Add(1);
                    }

                    break;
            }
        }
    }

    private void Answer(AppendOperation append, ref AnswerReader reader)
    {
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
            _highestStored = Math.Max(_highestStored, append.MessageId);
        }

        End(append, status);
    }

    private static void MarkCrash(List<StoreRequest> batch, RequestKind kind, string point)
    {
        if (CrashPoint.IsArmed)
        {
            foreach (var request in batch)
            {
                if (request.Kind == kind)
                {
                    CrashPoint.Hit(point);
                }
            }
        }
    }
}
