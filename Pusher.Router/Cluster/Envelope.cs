using System.Buffers;
using MessagePack;

namespace Pusher.Router.Cluster;

/// <summary>
/// What goes from node to node in one message of the bus, being filled. A sequence of MessagePack objects, up to the end of the message:
/// <code>
/// envelope = version sender entry*
/// version  = 1                      one byte; a node ignores envelopes of a version it does not know
/// sender   = string                 the node's name
/// entry    = [kind, …]              a node skips kinds, and elements at the end, that it does not know
/// </code>
/// </summary>
/// <remarks>Threading: none; its outbox guards it.</remarks>
internal sealed class Envelope
{
    /// <summary>The version that this program writes, and the only one it reads.</summary>
    public const byte Version = 1;

    private readonly ArrayBufferWriter<byte> _bytes;
    private readonly string _sender;

    public Envelope(string sender, int bytes)
    {
        _sender = sender;
        _bytes = new ArrayBufferWriter<byte>(bytes);
        Clear();
    }

    public int Entries { get; private set; }

    public int Length => _bytes.WrittenCount;

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void Add<TEntry>(in TEntry entry)
        where TEntry : struct, IEnvelopeEntry
    {
        var writer = new MessagePackWriter(_bytes);
        entry.WriteTo(ref writer);
        writer.Flush();
        Entries++;
    }

    /// <summary>To be filled anew.</summary>
    public void Clear()
    {
        Entries = 0;
        _bytes.ResetWrittenCount();
        var writer = new MessagePackWriter(_bytes);
        writer.Write(Version);
        writer.Write(_sender);
        writer.Flush();
    }
}
