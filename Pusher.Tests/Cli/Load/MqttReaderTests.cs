using System.Buffers;
using Pusher.Cli.Load.Protocols.Mqtt;
using Pusher.Tests.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class MqttReaderTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 20_000).Select(i => (byte)i)];

    [Fact]
    public void TryRead_WhatTheWriterWrote_AtEverySplit()
    {
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WritePublish(output, "load/t/d"u8, 1, 7, "order"u8);
        MqttWriter.WritePublishAck(output, 8);
        MqttWriter.WritePublish(output, "t"u8, 0, 0, []);
        MqttWriter.WritePing(output);
        var bytes = output.WrittenSpan.ToArray();
        for (var split = 0; split <= bytes.Length; split++)
        {
            var rest = Segments.SplitAt(bytes, split);
            Assert.Equal(MqttReadStatus.Packet, MqttReader.TryRead(ref rest, out var type, out var flags, out var body));
            Assert.Equal(MqttPacketType.Publish, type);
            Assert.True(MqttReader.TryReadPublish(flags, in body, out var qos, out var packetId, out var payload));
            Assert.Equal((1, 7, "order"), (qos, packetId, System.Text.Encoding.ASCII.GetString(payload.ToArray())));
            Assert.Equal(MqttReadStatus.Packet, MqttReader.TryRead(ref rest, out type, out _, out body));
            Assert.Equal(MqttPacketType.PublishAck, type);
            Assert.True(MqttReader.TryReadNumber(in body, 0, out packetId));
            Assert.Equal(8, packetId);
            Assert.Equal(MqttReadStatus.Packet, MqttReader.TryRead(ref rest, out _, out flags, out body));
            Assert.True(MqttReader.TryReadPublish(flags, in body, out qos, out _, out payload));
            Assert.Equal((0, 0), (qos, payload.Length));
            Assert.Equal(MqttReadStatus.Packet, MqttReader.TryRead(ref rest, out type, out _, out _));
            Assert.Equal(MqttPacketType.PingRequest, type);
            Assert.True(rest.IsEmpty);
        }
    }

    [Fact]
    public void TryRead_NotWholeYet_TakesNothing()
    {
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WritePublish(output, "topic"u8, 1, 1, Large);
        for (var length = 0; length < output.WrittenCount; length += length < 10 ? 1 : 997)
        {
            var rest = new ReadOnlySequence<byte>(output.WrittenMemory[..length]);
            Assert.Equal(MqttReadStatus.Partial, MqttReader.TryRead(ref rest, out _, out _, out _));
            Assert.Equal(length, rest.Length);
        }
    }

    [Fact]
    public void TryRead_LengthThatNeverEnds_IsInvalid()
    {
        var rest = new ReadOnlySequence<byte>([0x30, 0xFF, 0xFF, 0xFF, 0xFF]);
        Assert.Equal(MqttReadStatus.Invalid, MqttReader.TryRead(ref rest, out _, out _, out _));
    }

    [Fact]
    public void TryReadPublish_Anything_EndsWithoutAnException()
    {
        var random = new Random(3);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(0, 12)];
            random.NextBytes(bytes);
            var rest = Segments.Of(bytes, random.Next(1, 5));
            while (MqttReader.TryRead(ref rest, out _, out var flags, out var body) == MqttReadStatus.Packet)
            {
                if (MqttReader.TryReadPublish(flags, in body, out _, out _, out var payload))
                {
                    Assert.True(payload.Length <= body.Length);
                }
            }
        }
    }
}
