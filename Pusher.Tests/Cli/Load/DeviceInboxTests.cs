using System.Buffers;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Protocols;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class DeviceInboxTests
{
    private const ulong Run = 5;
    private const int Head = FrameHeader.Size;
    private readonly MessageLedger _ledger = new(Run, 1);
    private readonly EngineCounters _counters = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly DeviceInbox _inbox;
    private LoadDevice _device = new() { Number = 4, Identity = new LoadIdentity(new DeviceKey("t", "d"), []) };

    public DeviceInboxTests() => _inbox = new DeviceInbox(new DeliveryLog(_ledger, _counters, 1), _counters);

    [Fact]
    public void OnPush_InOrder_HandsOverAndAcknowledgesOnce()
    {
        Push(9, 1, 0);
        Push(9, 2, 1);
        Assert.Equal(2, _ledger.Handed);
        Assert.Equal([(9u, 2ul)], Acks());
    }

    [Fact]
    public void OnPush_Again_IsNotHandedOverAndAcknowledgedAgain()
    {
        Push(9, 1, 0);
        Acks();
        Push(9, 1, 0);
        Assert.Equal((1, 1, 0), (_ledger.Handed, _counters.Redeliveries, _ledger.Close().DuplicatesHanded));
        Assert.Equal([(9u, 1ul)], Acks());
    }

    [Fact]
    public void OnPush_AheadOfAGap_IsNeitherHandedOverNorAcknowledged()
    {
        Push(9, 2, 1);
        Assert.Equal((0, 1), (_ledger.Handed, _counters.Gaps));
        Assert.Empty(Acks());
        Push(9, 1, 0);
        Push(9, 2, 1);
        Assert.Equal(2, _ledger.Handed);
    }

    [Fact]
    public void OnPush_TwoStreams_AreKeptApart()
    {
        Push(9, 1, 0);
        Push(8, 1, 1);
        Push(9, 2, 2);
        Assert.Equal(3, _ledger.Handed);
        Assert.Equal([(9u, 1ul), (8u, 1ul), (9u, 2ul)], Acks());
    }

    [Fact]
    public void OnSkipped_TheNextOnes_GoesOnBehindThem()
    {
        Push(9, 1, 0);
        Acks();
        Assert.True(_inbox.OnSkipped(ref _device, Payload(w => FrameWriter.WriteSkipped(w, FrameFlags.None, 9, 2, 4, SkipReason.Unspecified)).FirstSpan, _output));
        Push(9, 5, 1);
        Assert.Equal((2, 3), (_ledger.Handed, _counters.Skipped));
        Assert.Equal([(9u, 5ul)], Acks());
    }

    [Fact]
    public void OnReset_OfItsStream_BeginsTheNewOneAtOne()
    {
        Push(9, 1, 0);
        Assert.True(_inbox.OnReset(ref _device, Payload(w => FrameWriter.WriteReset(w, FrameFlags.None, 9, 10, 0)).FirstSpan));
        Push(10, 1, 1);
        Assert.Equal((2, 1), (_ledger.Handed, _counters.Resets));
    }

    [Fact]
    public void OnPush_OfSomebodyElse_IsTakenAndCountedAsForeign()
    {
        Assert.True(_inbox.OnPush(ref _device, Payload(w => FrameWriter.WritePush(w, FrameFlags.None, new PushHead { Stream = 9, Seq = 1 }, "order"u8)), _output));
        Assert.Equal((0, 1), (_ledger.Handed, _ledger.Close().Foreign));
        Assert.Equal([(9u, 1ul)], Acks());
    }

    private void Push(uint stream, ulong seq, long counter)
    {
        var body = new byte[LoadPayload.Size];
        new LoadPayload(Run, 0, 4, counter, 0).Write(body);
        Assert.True(_inbox.OnPush(ref _device, Payload(w => FrameWriter.WritePush(w, FrameFlags.None, new PushHead { Stream = stream, Seq = seq }, body)), _output));
    }

    private static ReadOnlySequence<byte> Payload(Action<IBufferWriter<byte>> write)
    {
        var frame = new ArrayBufferWriter<byte>();
        write(frame);
        return new ReadOnlySequence<byte>(frame.WrittenMemory[Head..]);
    }

    private List<(uint Stream, ulong Seq)> Acks()
    {
        _inbox.Flush(_output);
        var bytes = new ReadOnlySequence<byte>(_output.WrittenMemory.ToArray());
        _output.ResetWrittenCount();
        var acks = new List<(uint, ulong)>();
        while (FrameReader.TryRead(ref bytes, 1024, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            Assert.Equal(FrameType.Ack, header.Type);
            Assert.True(AckFrame.TryRead(payload.FirstSpan, out var ack));
            acks.Add((ack.Stream, ack.Seq));
        }

        return acks;
    }
}
