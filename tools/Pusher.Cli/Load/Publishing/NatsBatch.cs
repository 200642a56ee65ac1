using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Batches;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// The entries that a publisher gathers until they go out as one batch, each with its own number and publisher id. The numbers of a batch follow each other, so its reply
/// subject names the first one and how many there are.
/// </summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class NatsBatch
{
    private readonly ArrayBufferWriter<byte> _entries = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _head = new(16);
    private readonly byte[][] _devices;
    private readonly byte[] _subject;
    private readonly byte[] _id; // "id-", then the number
    private readonly int _idPrefix;
    private readonly int _qos;

    /// <param name="devices">All of one tenant.</param>
    /// <param name="id">Different for each connection of each run.</param>
    /// <param name="size">Entries of a batch, 1 to <see cref="BatchFormat.EntriesMax"/>.</param>
    /// <param name="qos">0 or 1.</param>
    public NatsBatch(IReadOnlyList<LoadIdentity> devices, string id, int size, int qos)
    {
        _devices = [.. devices.Select(d => Encoding.ASCII.GetBytes(d.Device.Device))];
        _subject = Encoding.ASCII.GetBytes($"pusher.pub.{devices[0].Device.Tenant}.batch");
        _idPrefix = id.Length + 1;
        _id = [.. Encoding.ASCII.GetBytes($"{id}-"), .. new byte[20]];
        _qos = qos;
        Size = size;
    }

    /// <summary>The most entries of a batch.</summary>
    public int Size { get; }

    /// <summary>Entries that were gathered.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the first of them.</summary>
    public long First { get; private set; }

    /// <summary>Where it goes.</summary>
    public ReadOnlySpan<byte> Subject => _subject;

    /// <summary>Adds a message.</summary>
    public void Add(int device, long counter, ReadOnlySpan<byte> payload)
    {
        if (Count++ == 0)
        {
            First = counter;
        }

        counter.TryFormat(_id.AsSpan(_idPrefix), out var digits);
        BatchWriter.WriteEntry(_entries, new BatchEntry
        {
            Device = _devices[device],
            PublisherId = _qos == 0 ? default : _id.AsSpan(0, _idPrefix + digits),
            HasPublisherId = _qos != 0,
            Payload = payload,
            Qos = _qos,
        });
    }

    /// <summary>The bytes of the batch, in two parts; valid until <see cref="Clear"/>.</summary>
    public (ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Entries) Close()
    {
        BatchWriter.WriteHead(_head, Count);
        return (_head.WrittenMemory, _entries.WrittenMemory);
    }

    /// <summary>Begins the next one.</summary>
    public void Clear()
    {
        _head.ResetWrittenCount();
        _entries.ResetWrittenCount();
        Count = 0;
    }

    /// <summary>Tells each entry of an answered batch its outcome.</summary>
    public static void Read(in ReadOnlySequence<byte> answer, long first, int count, IPublishEvents events)
    {
        var bytes = answer.IsSingleSegment ? answer.FirstSpan : answer.ToArray();
        if (!BatchAnswerReader.TryOpen(bytes, out var reader))
        {
            Tell(first, count, PublishAnswer.NotUnderstood, events);
        }
        else if (reader.Status != 0)
        {
            Tell(first, count, PublishAnswer.Of(reader.Status, reader.Error), events);
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                events.OnAnswer(first + i, i < reader.Count && reader.TryRead(out var result) ? PublishAnswer.Of(result.Status, result.Error) : PublishAnswer.NotUnderstood);
            }
        }
    }

    /// <summary>The same outcome for all.</summary>
    public static void Tell(long first, int count, PublishAnswer answer, IPublishEvents events)
    {
        for (var i = 0; i < count; i++)
        {
            events.OnAnswer(first + i, answer);
        }
    }
}
