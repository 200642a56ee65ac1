using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>The codec's promise: no garbage per frame, written or read, whole or split, with or without checksum.</summary>
public sealed class CodecAllocationTests
{
    private const int Rounds = 1_000;

    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
    private static readonly string[] Tags = ["kitchen", "bar"];
    private static readonly StreamPosition[] Streams = [new(1, 2), new(3, 4)];

    [Theory]
    [InlineData(FrameFlags.None)]
    [InlineData(FrameFlags.Checksum)]
    public void Write_EveryType_AllocatesNothing(FrameFlags flags)
    {
        var output = new ArrayBufferWriter<byte>(8192);
        AssertNoGarbage(() =>
        {
            output.ResetWrittenCount();
            WriteAll(output, flags);
        });
        Assert.True(output.WrittenCount > 500);
    }

    [Theory]
    [InlineData(FrameFlags.None, 100_000)]
    [InlineData(FrameFlags.Checksum, 100_000)]
    [InlineData(FrameFlags.None, 5)]
    [InlineData(FrameFlags.Checksum, 5)]
    public void Read_EveryType_AllocatesNothing(FrameFlags flags, int segmentSize)
    {
        var output = new ArrayBufferWriter<byte>(8192);
        WriteAll(output, flags);
        var frames = Segments.Of(output.WrittenSpan.ToArray(), segmentSize);
        var count = 0;
        AssertNoGarbage(() => count = ReadAll(frames));
        Assert.Equal(Enum.GetValues<FrameType>().Length, count);
    }

    [Fact]
    public void LoginProof_ComputeAndVerify_AllocateNothing()
    {
        var proof = new byte[ProtocolLimits.KeyBytes];
        var stored = new byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(Bytes.AsSpan(0, 32), stored);
        var ok = false;
        AssertNoGarbage(() =>
        {
            LoginProof.Compute(Bytes.AsSpan(0, 32), "t", "d", Bytes.AsSpan(0, 16), Bytes.AsSpan(0, 32), proof);
            ok = LoginProof.Verify(stored, "t"u8, "d"u8, Bytes.AsSpan(0, 16), Bytes.AsSpan(0, 32), proof);
        });
        Assert.True(ok);
    }

    private static void WriteAll(ArrayBufferWriter<byte> output, FrameFlags flags)
    {
        FrameWriter.WriteHello(output, flags, 1, 2, Bytes.AsSpan(0, 16), "acme", "printer-1", "store-7", "x/1", Tags, Streams, new LoginOrder(1, 1));
        FrameWriter.WriteChallenge(output, flags, Bytes.AsSpan(0, 32));
        FrameWriter.WriteProof(output, flags, Bytes.AsSpan(0, 32));
        FrameWriter.WriteWelcome(output, flags, new WelcomeValues { HeartbeatMs = 1 }, "node", Streams);
        FrameWriter.WriteRefused(output, flags, CloseReason.Busy, 1, Tags, "größer");
        FrameWriter.WriteHeartbeat(output, flags);
        FrameWriter.WriteSettings(output, flags, 1, 1);
        FrameWriter.WritePush(output, flags, new PushHead { MessageId = 1, Stream = 1, Seq = 1 }, Bytes);
        FrameWriter.WriteAck(output, flags, 1, 1);
        FrameWriter.WriteDone(output, flags, 1, DeliveryResult.Printed, "gedruckt");
        FrameWriter.WriteSkipped(output, flags, 1, 1, 2, SkipReason.Expired);
        FrameWriter.WriteReset(output, flags, 1, 2, 3);
        FrameWriter.WriteEvent(output, flags, 1, "paper-low", Bytes);
        FrameWriter.WriteEventAck(output, flags, 1, EventStatus.Ok);
        FrameWriter.WriteRecall(output, flags, 1);
        FrameWriter.WriteGoAway(output, flags, CloseReason.Draining, 1, Tags, "bye");
    }

    private static int ReadAll(ReadOnlySequence<byte> frames)
    {
        Span<byte> scratch = stackalloc byte[ProtocolLimits.LoginPayloadBytesMax];
        var count = 0;
        while (FrameReader.TryRead(ref frames, ProtocolLimits.PayloadBytesMaxDefault, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            count += ReadOne(header.Type, payload, scratch) ? 1 : 0;
        }

        return count;
    }

    private static bool ReadOne(FrameType type, in ReadOnlySequence<byte> payload, Span<byte> scratch)
    {
        if (type == FrameType.Push)
        {
            return PushHead.TryRead(payload, out _, out _);
        }

        if (type == FrameType.Event)
        {
            return EventFrame.TryRead(payload, scratch, out _, out _);
        }

        var bytes = FramePayload.Linearize(payload, scratch);
        return type switch
        {
            FrameType.Hello => HelloFrame.TryRead(bytes, out var f) && f.HasLegalNames && f.GetStream(1).Seq == 4,
            FrameType.Challenge => ChallengeFrame.TryRead(bytes, out _),
            FrameType.Proof => ProofFrame.TryRead(bytes, out _),
            FrameType.Welcome => WelcomeFrame.TryRead(bytes, out _),
            FrameType.Refused or FrameType.GoAway => FarewellFrame.TryRead(bytes, out var f) && f.GetElsewhere(1).SequenceEqual("bar"u8),
            FrameType.Heartbeat => bytes.IsEmpty,
            FrameType.Settings => SettingsFrame.TryRead(bytes, out _),
            FrameType.Ack => AckFrame.TryRead(bytes, out _),
            FrameType.Done => DoneFrame.TryRead(bytes, out _),
            FrameType.Skipped => SkippedFrame.TryRead(bytes, out _),
            FrameType.Reset => ResetFrame.TryRead(bytes, out _),
            FrameType.EventAck => EventAckFrame.TryRead(bytes, out _),
            FrameType.Recall => RecallFrame.TryRead(bytes, out _),
            _ => false,
        };
    }

    private static void AssertNoGarbage(Action round)
    {
        for (var i = 0; i < 100; i++)
        {
            round();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
