using System.Buffers;
using System.Text;
using CsCheck;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>What holds for all values and for all bytes.</summary>
public sealed class FramePropertyTests
{
    private const string NameCharacters = "ABCXYZabcxyz019_-";

    private static readonly Gen<string> Name = Gen.String[Gen.Char[NameCharacters], 1, 64];
    private static readonly Gen<string> OptionalName = Gen.String[Gen.Char[NameCharacters], 0, 64];
    private static readonly Gen<byte[]> Nonce = Gen.Byte.Array[ProtocolLimits.ClientNonceBytes];
    private static readonly Gen<byte[]> Body = Gen.Byte.Array[0, 300];
    private static readonly Gen<FrameFlags> Flags = Gen.OneOf(FrameFlags.None, FrameFlags.Checksum);
    private static readonly Gen<StreamPosition> Position = Gen.Select(Gen.UInt, Gen.ULong, (stream, seq) => new StreamPosition(stream, seq));
    private static readonly Gen<int> SegmentSize = Gen.Int[1, 40];

    /// <summary>Bytes that look like frames: a good header more often than chance would give one.</summary>
    private static readonly Gen<byte[]> FrameLike = Gen.Select(
        Gen.OneOf<byte>(0, 0x80, 0x01, 0x40),
        Gen.OneOf(Gen.OneOf([.. Enum.GetValues<FrameType>().Select(t => (byte)t)]), Gen.Byte),
        Gen.Int[0, 80],
        Gen.Byte.Array[0, 120],
        (flags, type, length, rest) => (byte[])[0xD7, 1, flags, type, 0, 0, 0, (byte)length, .. rest]);

    [Fact]
    public void Hello_WrittenThenRead_IsTheSame()
        => Gen.Select(Gen.UShort, Gen.UInt, Nonce, Name, Name, OptionalName, Name.Array[0, 8], Position.Array[0, 16])
            .Select(Flags, SegmentSize)
            .Sample((hello, flags, size) =>
            {
                var (window, heartbeatMs, nonce, tenant, device, store, tags, streams) = hello;
                var payload = WriteThenCut(
                    flags, size, o => FrameWriter.WriteHello(o, flags, window, heartbeatMs, nonce, tenant, device, store, "v 1~", tags, streams));
                Assert.True(HelloFrame.TryRead(payload, out var frame));
                Assert.Equal(window, frame.Window);
                Assert.Equal(heartbeatMs, frame.HeartbeatMs);
                Assert.Equal(nonce, frame.ClientNonce);
                Assert.Equal(tenant, Encoding.ASCII.GetString(frame.Tenant));
                Assert.Equal(device, Encoding.ASCII.GetString(frame.Device));
                Assert.Equal(store, Encoding.ASCII.GetString(frame.Store));
                Assert.Equal("v 1~"u8, frame.ClientVersion);
                Assert.Equal(tags.Length, frame.TagCount);
                for (var i = 0; i < tags.Length; i++)
                {
                    Assert.Equal(tags[i], Encoding.ASCII.GetString(frame.GetTag(i)));
                }

                Assert.Equal(streams.Length, frame.StreamCount);
                for (var i = 0; i < streams.Length; i++)
                {
                    Assert.Equal(streams[i], frame.GetStream(i));
                }

                Assert.True(frame.Extensions.IsEmpty);
                Assert.True(frame.HasLegalNames);
            });

    [Fact]
    public void Push_WrittenThenRead_IsTheSame()
        => Gen.Select(Gen.ULong, Position, Gen.Byte, Gen.Byte, Gen.Long[0, long.MaxValue], Body, Flags, SegmentSize)
            .Sample((id, position, bits, priority, expiry, body, flags, size) =>
            {
                var head = new PushHead
                {
                    MessageId = id,
                    Stream = position.Stream,
                    Seq = position.Seq,
                    Flags = (PushFlags)bits,
                    Priority = priority,
                    ExpiresAtUnixMs = expiry,
                };
                var payload = CutOne(Write(o => FrameWriter.WritePush(o, flags, in head, body)), size);
                Assert.True(PushHead.TryRead(payload, out var read, out var readBody));
                Assert.Equal(head, read);
                Assert.Equal(body, readBody.ToArray());
            });

    [Fact]
    public void Event_WrittenThenRead_IsTheSame()
        => Gen.Select(Gen.ULong, OptionalName, Body, Flags, SegmentSize)
            .Sample((id, name, body, flags, size) =>
            {
                var payload = CutOne(Write(o => FrameWriter.WriteEvent(o, flags, id, name, body)), size);
                Assert.True(EventFrame.TryRead(payload, new byte[ProtocolLimits.EventHeadBytesMax], out var frame, out var readBody));
                Assert.Equal(id, frame.EventId);
                Assert.Equal(name, Encoding.ASCII.GetString(frame.Name));
                Assert.Equal(body, readBody.ToArray());
            });

    [Fact]
    public void Done_AnyText_ReadsAsAPrefixOfIt()
        => Gen.Select(Gen.ULong, Gen.UShort, Gen.String[Gen.Char, 0, 200], SegmentSize)
            .Sample((id, result, text, size) =>
            {
                var payload = WriteThenCut(FrameFlags.None, size, o => FrameWriter.WriteDone(o, FrameFlags.None, id, (DeliveryResult)result, text));
                Assert.True(DoneFrame.TryRead(payload, out var frame));
                Assert.Equal(id, frame.MessageId);
                Assert.Equal(result, (ushort)frame.Result);
                var whole = Encoding.UTF8.GetBytes(text);
                Assert.True(whole.AsSpan().StartsWith(frame.Text));
                Assert.True(whole.Length == frame.Text.Length || frame.Text.Length > ProtocolLimits.TextBytesMax - 4);
            });

    [Fact]
    public void TryRead_AnyBytes_NeverThrowsAndNeverReadsBeyondThem()
        => Gen.Select(Gen.OneOf(Gen.Byte.Array[0, 200], FrameLike), SegmentSize, Gen.Int[0, 100])
            .Sample(
                (bytes, size, limit) =>
                {
                    // Each segment is an array of its own, so a read behind the end would throw.
                    var buffer = Segments.Of(bytes, size);
                    var before = buffer.Length;
                    var status = FrameReader.TryRead(ref buffer, limit, out var header, out var payload, out var error);
                    Assert.Equal(status == FrameReadStatus.Invalid, error != CloseReason.None);
                    if (status != FrameReadStatus.Frame)
                    {
                        Assert.Equal(before, buffer.Length);
                        return;
                    }

                    Assert.InRange(payload.Length, 0, limit);
                    var trailer = (header.Flags & FrameFlags.Checksum) != 0 ? FrameHeader.TrailerSize : 0;
                    Assert.Equal(before, buffer.Length + FrameHeader.Size + payload.Length + trailer);
                    FrameFields.Read(header.Type, payload);
                },
                iter: 20_000);

    [Fact]
    public void TryReadPayload_AnyBytesForAnyType_NeverThrows()
        => Gen.Select(Gen.OneOf(Enum.GetValues<FrameType>()), Gen.OneOf(Gen.Byte.Array[0, 120], Gen.Byte[0, 3].Array[0, 120]), SegmentSize)
            .Sample((type, bytes, size) => FrameFields.Read(type, Segments.Of(bytes, size)), iter: 20_000);

    [Fact]
    public void TryRead_OneBitFlippedInACheckedFrame_IsNeverTheSameTypeAndPayload()
        => Gen.Select(Gen.OneOf([.. ProtocolVectors.Frames]), Gen.Int[0, 1_000_000])
            .Sample(
                (vector, position) =>
                {
                    var bytes = vector.Bytes(checksum: true);
                    var bit = position % (bytes.Length * 8);
                    bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                    var buffer = new ReadOnlySequence<byte>(bytes);
                    var status = FrameReader.TryRead(ref buffer, ProtocolLimits.PayloadBytesMaxDefault, out var header, out _, out _);

                    // The one flip that a reader alone cannot see takes the checksum flag away; a receiver that negotiated it does.
                    Assert.True(status != FrameReadStatus.Frame || (header.Flags & FrameFlags.Checksum) == 0);
                },
                iter: 5_000);

    private static byte[] Write(Action<ArrayBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySequence<byte> CutOne(byte[] bytes, int segmentSize)
    {
        var buffer = Segments.Of(bytes, segmentSize);
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref buffer, ProtocolLimits.PayloadBytesMaxDefault, out _, out var payload, out _));
        Assert.Equal(0, buffer.Length);
        return payload;
    }

    private static ReadOnlySpan<byte> WriteThenCut(FrameFlags flags, int segmentSize, Action<ArrayBufferWriter<byte>> write)
    {
        var bytes = Write(write);
        Assert.Equal((byte)flags, bytes[2]);
        return FramePayload.Linearize(CutOne(bytes, segmentSize), new byte[ProtocolLimits.LoginPayloadBytesMax]);
    }
}
