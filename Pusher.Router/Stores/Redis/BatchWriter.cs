using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Pusher.Router.Faults;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Turns requests into the arguments of <c>batch.lua</c>.</summary>
/// <remarks>Threading: the lane's that owns it.</remarks>
internal sealed class BatchWriter(RedisStoreOptions options, Breakage breakage, StoreIncarnation incarnation, StoredTops tops, bool isCluster)
{
    // An index entry outlives its message's status a little.
    private const long IndexSlackMs = 2 * 3_600_000;
    private const long ForeverMs = 366L * 86_400_000;

    private readonly ArgumentList _arguments = new();
    private readonly RedisValue _flags = ((breakage & Breakage.Store) != 0 ? "S" : "") + ((breakage & Breakage.Dedupe) != 0 ? "D" : "");
    private readonly Dictionary<ulong, IndexGroup> _index = [];
    private Memory<byte> _payloads;

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
    /// <param name="payloads">The copies, of the shared pool.</param>
    /// <param name="top">The highest id of a new message in them; 0 when there is none.</param>
    public RedisValue[] Write(List<StoreRequest> batch, int partition, out byte[] payloads, out ulong top)
    {
        payloads = ArrayPool<byte>.Shared.Rent(batch.Sum(request => partition < 0 || request.Partition == partition ? request.Bytes : 0));
        _payloads = payloads;
        var known = tops.Of(partition); // before the incarnation: whoever forgets it has set that one
        _arguments.Add(options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _arguments.Add((long)options.StatusRetention.TotalMilliseconds);
        _arguments.Add(options.QueueMessagesMax);
        _arguments.Add(options.QueueBytesMax);
        _arguments.Add((long)options.DedupeRetention.TotalMilliseconds);
        _arguments.Add(_flags);
        _arguments.Add((long)incarnation.Current);
        top = TopOf(batch, partition);
        WriteTops(known, top, partition);
        if (isCluster)
        {
            _arguments.Add(0);
        }
        else
        {
            Collect(batch);
            WriteIndex();
        }

        foreach (ref readonly var request in CollectionsMarshal.AsSpan(batch))
        {
            if (partition < 0 || request.Partition == partition)
            {
                Write(request);
            }
        }

        return _arguments.Take();
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
                _arguments.AddHead("k", request);
                _arguments.Add(request.Stream);
                _arguments.Add(request.Number);
                break;
            case RequestKind.Done:
                _arguments.AddHead("r", request);
                _arguments.Add(Id(request.Number));
                _arguments.Add(request.Value);
                _arguments.Add(request.Target is null ? 0 : 1);
                _arguments.Add((string?)request.Target ?? "");
                break;
            case RequestKind.Attempts:
                _arguments.AddHead("t", request);
                _arguments.Add(request.Stream);
                _arguments.Add(request.Number);
                _arguments.Add(request.Value);
                break;
            case RequestKind.Call when ((StoreCall)request.Target!).IsSent:
                ((StoreCall)request.Target).Write(_arguments, request);
                break;
        }
    }

    private void WriteAppend(in StoreRequest request, AppendOperation append)
    {
        _arguments.AddHead("a", request);
        _arguments.Add(ArgumentList.DrawStream());
        _arguments.Add(Id(append.MessageId));
        _arguments.Add(append.PublisherId ?? "");
        _arguments.Add((int)append.Priority);
        _arguments.Add(append.AcceptedAtUnixMs);
        _arguments.Add(append.ExpiresAtUnixMs);
        append.Payload.CopyTo(_payloads);
        _arguments.Add((RedisValue)(ReadOnlyMemory<byte>)_payloads[..append.Payload.Length]);
        _payloads = _payloads[append.Payload.Length..];
    }

    private static RedisValue Id(ulong id) => id <= long.MaxValue ? (long)id : id.ToString(CultureInfo.InvariantCulture);
}
