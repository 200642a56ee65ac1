using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>The store's questions, and the sweep, which belongs to no device's lane.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class RedisReader(RedisStoreOptions options, RedisLink link)
{
    private const int SweepDevicesMax = 100;

    // Devices that one script looks at for waiting messages: some 5 ms.
    private const int WaitingLooks = 1_000;

    // Cluster: questions to single partitions that are on their way at once.
    private const int QuestionsAtOnce = 64;

    private long NowUnixMs => options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private long StatusMs => (long)options.StatusRetention.TotalMilliseconds;

    public async ValueTask<MessagePage> ReadPageAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken)
    {
        var partition = Partition.Of(device);
        var tag = Partition.Tag(partition);
        var messages = Math.Clamp(messagesMax, 1, options.PageMessagesMax);
        var bytes = Math.Clamp(bytesMax, 1, options.PageBytesMax);
        var result = await AskAsync(RedisScript.Page, partition, [NowUnixMs, StatusMs, tag, device.ToString(), stream, afterSeq, messages, bytes], cancellationToken).ConfigureAwait(false);
        return new PageReader(stream, afterSeq).Read(result);
    }

    public async ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken)
    {
        var partition = await ReadAsync(link.Database.HashGetAsync(MessageIndex.GroupKey(MessageIndex.Group(messageId)), MessageIndex.Field(messageId), CommandFlags.DemandMaster), cancellationToken).ConfigureAwait(false);
        return partition.IsNull ? null : await FindAsync((int)partition, messageId, tenant, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken)
    {
        var partition = Partition.Of(device);
        var id = await ReadAsync(link.Database.StringGetAsync($"{Partition.Tag(partition)}u:{device}:{publisherId}", CommandFlags.DemandMaster), cancellationToken).ConfigureAwait(false);
        return id.IsNull ? null : await FindAsync(partition, (ulong)id, device.Tenant, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Expires what is over its time, a slice at a time, so that everything else waits only for a slice.</summary>
    public async ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken)
    {
        var mine = Mine();
        var expired = new List<MessageStatus>();
        for (var first = 0; first < Partition.Count && expired.Count < options.SweepExpiredMax;)
        {
            var slices = await InParallel(first, mine, at => SweepSliceAsync(at, mine, cancellationToken)).ConfigureAwait(false);
            foreach (var slice in slices)
            {
                expired.AddRange(slice.Expired);
            }

            first = slices.Exists(slice => slice.IsMore) ? first : Next(first);
        }

        return expired;
    }

    /// <summary>In the order of partition and name.</summary>
    public async ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken)
    {
        var until = NowUnixMs - (long)olderThan.TotalMilliseconds;
        var start = after is null ? 0 : Partition.Of(after.Device);
        var mine = Mine();
        var found = new List<WaitingStream>();
        for (var first = start; first < Partition.Count && found.Count < devicesMax; first = Next(first))
        {
            var left = devicesMax - found.Count;
            var parts = await InParallel(first, mine, at => ListWaitingAsync(until, at, at == start && after is not null ? after.Device.ToString() : "", left, mine, cancellationToken)).ConfigureAwait(false);
            found.AddRange(parts.SelectMany(part => part).Take(left));
        }

        return found;
    }

    // The first partition behind those that one turn asks.
    private int Next(int first) => link.IsCluster ? first + QuestionsAtOnce : Partition.Count;

    private async Task<List<T>> InParallel<T>(int first, string mine, Func<int, Task<T>> ask)
    {
        IEnumerable<int> asked = link.IsCluster
            ? Enumerable.Range(first, Math.Min(QuestionsAtOnce, Partition.Count - first)).Where(partition => mine[partition] == '1')
            : [first];
        return [.. await Task.WhenAll(asked.Select(ask)).ConfigureAwait(false)];
    }

    // A 1 for each partition that this node sweeps, else 0.
    private string Mine() => string.Create(Partition.Count, options.Sweeps?.Invoke(), static (mask, sweeps) =>
    {
        for (var partition = 0; partition < mask.Length; partition++)
        {
            mask[partition] = sweeps is null || sweeps[partition] ? '1' : '0';
        }
    });

    // Without Cluster one script walks over all partitions behind the first.
    private int LastOf(int first) => link.IsCluster ? first : Partition.Count - 1;

    // A slice at a time as well: it throws out what waits no more.
    private async Task<List<WaitingStream>> ListWaitingAsync(long until, int first, string behind, int devicesMax, string mine, CancellationToken cancellationToken)
    {
        var found = new List<WaitingStream>();
        var (partition, last) = (first, LastOf(first));
        while (first >= 0 && found.Count < devicesMax)
        {
            RedisValue[] arguments = [NowUnixMs, StatusMs, until, first, last, behind, devicesMax - found.Count, WaitingLooks, mine];
            var rows = await AskAsync(RedisScript.Waiting, partition, arguments, cancellationToken).ConfigureAwait(false);
            (first, behind) = ((int)rows[0], (string)rows[1]!);
            for (var i = 2; i < rows.Length; i += 3)
            {
                if (DeviceKey.TryParse((string?)rows[i], out var device))
                {
                    found.Add(new WaitingStream(device, (uint)(long)rows[i + 1], (ulong)rows[i + 2]));
                }
            }
        }

        return found;
    }

    private async ValueTask<MessageStatus?> FindAsync(int partition, ulong messageId, string tenant, CancellationToken cancellationToken)
    {
        var record = await ReadAsync(link.Database.StringGetAsync(MessageIndex.StatusKey(partition, messageId), CommandFlags.DemandMaster), cancellationToken).ConfigureAwait(false);
        if (record.IsNull)
        {
            return null;
        }

        var status = StatusRecord.Read(messageId, (byte[])record!);
        var isForgotten = status.State != MessageState.Pending && status.EndedAtUnixMs + StatusMs <= NowUnixMs;
        return isForgotten || status.Device.Tenant != tenant ? null : status;
    }

    private async Task<(List<MessageStatus> Expired, bool IsMore)> SweepSliceAsync(int first, string mine, CancellationToken cancellationToken)
    {
        var arguments = new RedisValue[] { NowUnixMs, StatusMs, first, LastOf(first), options.SweepSliceMessages, SweepDevicesMax, mine };
        var result = await AskAsync(RedisScript.Sweep, first, arguments, cancellationToken).ConfigureAwait(false);
        var expired = new List<MessageStatus>();
        var rows = result[1];
        for (var i = 0; i < rows.Length; i += 2)
        {
            if ((byte[])rows[i + 1]! is { Length: > 0 } record)
            {
                expired.Add(StatusRecord.Read(ulong.Parse((string)rows[i]!, CultureInfo.InvariantCulture), record));
            }
        }

        return (expired, IsMore: (int)result[0] == 1);
    }

    private async Task<RedisResult> AskAsync(RedisScript script, int partition, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            RedisKey[] keys = link.IsCluster ? Partition.Keys(partition) : [];
            return await link.EvaluateAsync(script, keys, arguments).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }

    private async Task<RedisValue> ReadAsync(Task<RedisValue> command, CancellationToken cancellationToken)
    {
        try
        {
            return await link.InTime(command).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }
}
