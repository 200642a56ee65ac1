using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pusher.Core.Messages;
using Pusher.Router.Faults;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Turns requests into the arguments of <c>batch.lua</c>.</summary>
/// <remarks>Threading: the lane's that owns it.</remarks>
internal sealed class BatchWriter(RedisStoreOptions options, Breakage breakage, bool isCluster)
{
    // An index entry outlives its message's status a little.
    private const long IndexSlackMs = 2 * 3_600_000;
    private const long ForeverMs = 366L * 86_400_000;

    // State, priority, attempts, accepted, expires, length of the id.
    private const int RowHeadBytes = 17;

    private readonly List<RedisValue> _arguments = [];
    private readonly RequestBuffer _requests = new();
    private readonly RedisValue _flags = ((breakage & Breakage.Store) != 0 ? "S" : "") + ((breakage & Breakage.Dedupe) != 0 ? "D" : "");
    private readonly Dictionary<ulong, IndexGroup> _index = [];

    /// <summary>The index of the batch's message ids, where no script can carry it (Cluster); valid until the next call.</summary>
    public IReadOnlyDictionary<ulong, IndexGroup> Index => _index;

    /// <summary>The highest id of a new message; 0 when there is none.</summary>
    public ulong Top { get; private set; }

    /// <summary>
    /// The arguments for all of <paramref name="batch"/>, or for those of one partition. They hold copies of the payloads, for a payload is its
    /// publisher's again when the append has ended, and a command that was given up may be written later.
    /// </summary>
    /// <param name="batch">The requests.</param>
    /// <param name="partition">The partition; -1 = all.</param>
    /// <param name="known">The store that they go to.</param>
    /// <param name="pooled">What holds the copies, of the shared pool.</param>
    /// <param name="top">The highest id of a new message in them; 0 when there is none.</param>
    public RedisValue[] Write(List<StoreRequest> batch, int partition, KnownStore known, out byte[] pooled, out ulong top)
    {
        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (partition < 0 || request.Partition == partition)
            {
                Write(request);
            }
        }

        _arguments.Clear();
        _arguments.Add(options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _arguments.Add((long)options.StatusRetention.TotalMilliseconds);
        _arguments.Add(options.QueueMessagesMax);
        _arguments.Add(options.QueueBytesMax);
        _arguments.Add((long)options.DedupeRetention.TotalMilliseconds);
        _arguments.Add(_flags);
        _arguments.Add((long)known.Incarnation);
        _arguments.Add(_requests.Detach(out pooled));
        top = TopOf(batch, partition);
        WriteTops(known.Of(partition), top, partition);
        if (isCluster)
        {
            _arguments.Add(0);
        }
        else
        {
            Collect(batch);
            WriteIndex();
        }

        return [.. _arguments]; // the client keeps it until it is written, and beyond when a server does not know the script
    }

    /// <summary>Finds <see cref="Index"/> and <see cref="Top"/> of a batch.</summary>
    public void Collect(List<StoreRequest> batch)
    {
        _index.Clear();
        Top = 0;
        var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (request.Target is AppendOperation append)
            {
                Top = Math.Max(Top, append.MessageId);
                var group = MessageIndex.Group(append.MessageId);
                ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, group, out _);
                entry ??= new IndexGroup();
                var life = append.ExpiresAtUnixMs > 0 ? Math.Max(0, append.ExpiresAtUnixMs - now) : ForeverMs;
                entry.Add(append.MessageId, request.Partition, life + (long)options.StatusRetention.TotalMilliseconds + IndexSlackMs);
            }
        }
    }

    private static ulong TopOf(List<StoreRequest> batch, int partition)
    {
        ulong top = 0;
        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (request.Target is AppendOperation append && (partition < 0 || request.Partition == partition))
            {
                top = Math.Max(top, append.MessageId);
            }
        }

        return top;
    }

    private void WriteTops(ulong known, ulong top, int partition)
    {
        _arguments.Add(top == 0 ? RedisValue.EmptyString : Id(top));
        _arguments.Add(known == 0 ? RedisValue.EmptyString : Id(known));
        _arguments.Add(isCluster ? MessageIndex.TopsKeyOf(partition) : MessageIndex.TopsKey);
        _arguments.Add(options.NodeNumber);
    }

    private void WriteIndex()
    {
        _arguments.Add(_index.Count);
        foreach (var (group, entry) in _index)
        {
            _arguments.Add(MessageIndex.GroupKey(group));
            _arguments.Add(entry.LifeMs);
            _arguments.Add(entry.Entries.Count);
            foreach (var (field, partition) in entry.Entries)
            {
                _arguments.Add(field);
                _arguments.Add(partition);
            }
        }
    }

    private void Write(in StoreRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.Append:
                WriteAppend(request, (AppendOperation)request.Target!);
                break;
            case RequestKind.Acknowledge:
                _requests.AddHead('k', request);
                _requests.AddUInt32(request.Stream);
                _requests.AddSeq(request.Number);
                break;
            case RequestKind.Done:
                _requests.AddHead('r', request);
                _requests.AddId(request.Number);
                _requests.AddUInt16(request.Value);
                _requests.AddByte(request.Target is null ? (byte)0 : (byte)1);
                _requests.AddLength(request.Target is string text ? Encoding.UTF8.GetByteCount(text) : 0);
                _requests.AddBytes(request.Target is string result ? Encoding.UTF8.GetBytes(result) : []);
                break;
            case RequestKind.Attempts:
                _requests.AddHead('t', request);
                _requests.AddUInt32(request.Stream);
                _requests.AddSeq(request.Number);
                _requests.AddUInt16(request.Value);
                break;
            case RequestKind.Call when ((StoreCall)request.Target!).IsSent:
                ((StoreCall)request.Target).Write(_requests, request);
                break;
        }
    }

    // The row as it is stored (common.lua), so that the script need not copy the payload.
    private void WriteAppend(in StoreRequest request, AppendOperation append)
    {
        _requests.AddHead('a', request);
        _requests.AddNewStream();
        _requests.AddId(append.MessageId);
        _requests.AddText(append.PublisherId ?? "");
        _requests.AddLength(RowHeadBytes + RequestBuffer.DigitsOf(append.MessageId) + append.Payload.Length);
        _requests.AddByte((byte)MessageState.Pending);
        _requests.AddByte((byte)append.Priority);
        _requests.AddUInt16(0); // attempts
        _requests.AddTime(append.AcceptedAtUnixMs);
        _requests.AddTime(append.ExpiresAtUnixMs);
        _requests.AddId(append.MessageId);
        _requests.AddBytes(append.Payload.Span);
    }

    private static RedisValue Id(ulong id) => id <= long.MaxValue ? (long)id : id.ToString(CultureInfo.InvariantCulture);
}
