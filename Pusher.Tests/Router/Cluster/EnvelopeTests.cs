using System.Buffers;
using MessagePack;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Cluster;
using Pusher.Router.Routes;
using Pusher.Tests.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Router.Cluster;

public sealed class EnvelopeTests
{
    private static readonly DeviceKey Device = new("acme", "printer-1");

    private readonly ClusterCounters _counters = new();
    private readonly RecordingSink _sink = new();
    private readonly Envelope _envelope = new("node-7", 1024);

    [Fact]
    public void Read_OneOfEach_AsWritten()
    {
        object[] entries = [new RingEntry(Device, uint.MaxValue, ulong.MaxValue, true), new NotHereEntry(Device, 7, 8, false), new KickEntry(Device, 9, 10), new KickedEntry(11), new MovedEntry(Device, 12), new GroupChangedEntry(GroupKey.AllOf("acme")), new CredentialChangedEntry(Device, true)];
        _envelope.Add((RingEntry)entries[0]);
        _envelope.Add((NotHereEntry)entries[1]);
        _envelope.Add((KickEntry)entries[2]);
        _envelope.Add((KickedEntry)entries[3]);
        _envelope.Add((MovedEntry)entries[4]);
        _envelope.Add((GroupChangedEntry)entries[5]);
        _envelope.Add((CredentialChangedEntry)entries[6]);
        Read(_envelope.Written);
        Assert.Equal(entries, _sink.Entries.Select(e => e.Entry));
        Assert.Equal(["node-7", "node-7", "node-7", "", "node-7", "node-7", "node-7"], _sink.Entries.Select(e => e.From));
        Assert.Equal((7, 0, 0), (_envelope.Entries, _counters.Unknown, _counters.MalformedEnvelopes));
    }

    [Fact]
    public void Read_Letter_HoldsTheWholeMessage()
    {
        var head = new PushHead { MessageId = ulong.MaxValue, Stream = 3, Seq = 4, Priority = 255, ExpiresAtUnixMs = long.MaxValue };
        _envelope.Add(new LetterEntry(Device, head, new ReadOnlySequence<byte>([1, 2, 3])));
        Read(_envelope.Written);
        var letter = Assert.IsType<LetterEntry>(Assert.Single(_sink.Entries).Entry);
        Assert.Equal((Device, head), (letter.Device, letter.Head));
        Assert.Equal([1, 2, 3], letter.Payload.ToArray());
    }

    [Fact]
    public void Read_InTwoPieces_SameAtEverySeam()
    {
        _envelope.Add(new MovedEntry(Device, 70_000));
        _envelope.Add(new LetterEntry(Device, new PushHead { MessageId = 1, Stream = 3, Seq = 4 }, new ReadOnlySequence<byte>([1, 2, 3])));
        var bytes = _envelope.Written.ToArray();
        for (var seam = 0; seam <= bytes.Length; seam++)
        {
            _sink.Entries.Clear();
            new EnvelopeReader(_counters).Read(Segments.SplitAt(bytes, seam), _sink);
            Assert.Equal(new MovedEntry(Device, 70_000), _sink.Entries[0].Entry);
            var letter = Assert.IsType<LetterEntry>(_sink.Entries[1].Entry);
            Assert.Equal([1, 2, 3], letter.Payload.ToArray());
        }

        Assert.Equal((0, 0), (_counters.Unknown, _counters.MalformedEnvelopes));
    }

    [Fact]
    public void Clear_Filled_IsAnEmptyEnvelope()
    {
        _envelope.Add(new KickedEntry(1));
        _envelope.Clear();
        Read(_envelope.Written);
        Assert.Empty(_sink.Entries);
        Assert.Equal((0, 0L), (_envelope.Entries, _counters.MalformedEnvelopes));
    }

    [Fact]
    public void Read_AnotherVersion_IsCountedAndIgnored()
    {
        _envelope.Add(new KickedEntry(1));
        var bytes = _envelope.Written.ToArray();
        bytes[0] = Envelope.Version + 1;
        Read(bytes);
        Assert.Empty(_sink.Entries);
        Assert.Equal((1, 0), (_counters.Unknown, _counters.MalformedEnvelopes));
    }

    [Fact]
    public void Read_UnknownKindBetween_IsCountedAndSkipped()
    {
        _envelope.Add(new KickedEntry(1));
        Read(Append(_envelope, (ref MessagePackWriter w) =>
        {
            w.WriteArrayHeader(3);
            w.Write(99);
            w.Write("of a later version");
            w.WriteMapHeader(0);
            new KickedEntry(2).WriteTo(ref w);
        }));
        Assert.Equal([new KickedEntry(1), new KickedEntry(2)], _sink.Entries.Select(e => (KickedEntry)e.Entry));
        Assert.Equal((1, 0), (_counters.Unknown, _counters.MalformedEnvelopes));
    }

    [Fact]
    public void Read_KnownKindWithMoreElements_IsReadAndTheRestSkipped()
    {
        Read(Append(_envelope, (ref MessagePackWriter w) =>
        {
            w.WriteArrayHeader(4);
            w.Write((int)EntryKind.Kicked);
            w.Write(5);
            w.Write("more");
            w.WriteNil();
            new KickedEntry(6).WriteTo(ref w);
        }));
        Assert.Equal([new KickedEntry(5), new KickedEntry(6)], _sink.Entries.Select(e => (KickedEntry)e.Entry));
    }

    [Fact]
    public void Read_KnownKindWithFewerElements_IsNotRead()
    {
        Read(Append(_envelope, (ref MessagePackWriter w) =>
        {
            w.WriteArrayHeader(2);
            w.Write((int)EntryKind.Moved);
            w.Write("acme");
            new KickedEntry(6).WriteTo(ref w);
        }));
        Assert.Equal(new KickedEntry(6), Assert.Single(_sink.Entries).Entry);
        Assert.Equal(1, _counters.Unknown);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("")]
    [InlineData(">")]
    public void Read_IllegalName_IsMalformed(string name)
    {
        Read(Append(_envelope, (ref MessagePackWriter w) => new MovedEntry(new DeviceKey("acme", name), 1).WriteTo(ref w)));
        Assert.Empty(_sink.Entries);
        Assert.Equal(1, _counters.MalformedEnvelopes);
    }

    [Fact]
    public void Read_CutAnywhere_NeverThrowsAndNeverInvents()
    {
        _envelope.Add(new RingEntry(Device, 1, 2, false));
        _envelope.Add(new KickEntry(Device, 70_000, 4));
        var bytes = _envelope.Written;
        Read(bytes);
        var whole = _sink.Entries.ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            _sink.Entries.Clear();
            Read(bytes[..length]);
            Assert.Equal(whole.Take(_sink.Entries.Count), _sink.Entries);
            Assert.True(_sink.Entries.Count < whole.Length);
        }
    }

    [Fact]
    public void Read_RandomBytes_NeverThrows()
    {
        var random = new Random(4);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && i % 2 == 0)
            {
                bytes[0] = Envelope.Version;
            }

            Read(bytes);
        }

        Assert.True(_counters.MalformedEnvelopes > 0);
    }

    [Fact]
    public void NameTable_SameBytes_SameString()
    {
        var names = new NameTable();
        Assert.Same(names.Get("printer-1"u8), names.Get("printer-1"u8));
        Assert.Equal("printer-2", names.Get("printer-2"u8));
    }

    private static byte[] Append(Envelope envelope, WriteMore write)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(envelope.Written.Span);
        var writer = new MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private void Read(ReadOnlyMemory<byte> bytes) => new EnvelopeReader(_counters).Read(new ReadOnlySequence<byte>(bytes), _sink);

    private delegate void WriteMore(ref MessagePackWriter writer);
}
