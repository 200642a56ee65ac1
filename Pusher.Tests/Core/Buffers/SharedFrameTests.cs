using System.Buffers;
using Pusher.Core.Buffers;
using Pusher.Core.Protocol;
using Pusher.Router.Dispatch;
using Xunit;

namespace Pusher.Tests.Core.Buffers;

public sealed class SharedFrameTests
{
    private readonly SharedFramePool _pool = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(216)] // with header and head exactly a size of the pool
    [InlineData(217)]
    [InlineData(65_536)]
    [InlineData(1 << 20)]
    public void Bytes_EitherEncoding_IsWhatTheFrameWriterWrites(int bodyLength)
    {
        var body = new byte[bodyLength];
        new Random(bodyLength).NextBytes(body);
        var frame = Push(body);
        Assert.Equal(Written(FrameFlags.None, body), frame.Bytes(FrameFlags.None).ToArray());
        Assert.Equal(Written(FrameFlags.Checksum, body), frame.Bytes(FrameFlags.Checksum).ToArray());
        Assert.Equal(Written(FrameFlags.None, body), frame.Bytes(FrameFlags.None).ToArray());
        frame.Release();
        Assert.Equal(0, _pool.Out);
    }

    [Fact]
    public void Checksummed_AskedForByManyThreads_IsMadeOnce()
    {
        for (var round = 0; round < 200; round++)
        {
            var body = BitConverter.GetBytes(round);
            var frame = Push(body);
            var expected = Written(FrameFlags.Checksum, body);
            Parallel.For(0, 8, _ => Assert.Equal(expected, frame.Bytes(FrameFlags.Checksum).ToArray()));
            Assert.Equal(2, _pool.Out); // the frame and its second encoding
            frame.Release();
            Assert.Equal(0, _pool.Out);
        }
    }

    [Fact]
    public void Release_LastOfSeveral_GivesBackOnce()
    {
        var frame = Push([1]);
        frame.AddReference();
        frame.AddReference();
        frame.Release();
        frame.Release();
        Assert.Equal(1, _pool.Out);
        Assert.Equal(Written(FrameFlags.None, [1]), frame.Bytes(FrameFlags.None).ToArray());
        frame.Release();
        Assert.Equal(0, _pool.Out);
    }

    [Fact]
    public void UseAfterTheLastRelease_Throws_AndLeavesTheNextUserAlone()
    {
        var first = Push([1]);
        first.Release();
        var second = Push([2]);
        Assert.Same(first.Frame, second.Frame);

        Assert.Throws<InvalidOperationException>(first.Release);
        Assert.Throws<InvalidOperationException>(first.AddReference);
        Assert.Throws<InvalidOperationException>(() => first.Bytes(FrameFlags.None).Length);

        Assert.Equal(Written(FrameFlags.None, [2]), second.Bytes(FrameFlags.None).ToArray());
        second.Release();
        Assert.Equal(0, _pool.Out);
        Assert.Throws<InvalidOperationException>(second.Release);
    }

    [Fact]
    public void Lease_NeverReleased_CostsTheOneFrame()
    {
        var leaked = Push([1]);
        for (var i = 0; i < 100; i++)
        {
            var frame = Push([(byte)i]);
            Assert.NotSame(leaked.Frame, frame.Frame);
            frame.Release();
        }

        Assert.Equal(1, _pool.Out);
        Assert.Equal(Written(FrameFlags.None, [1]), leaked.Bytes(FrameFlags.None).ToArray());
    }

    [Fact]
    public void References_AddedAndReleasedByManyThreads_EndAtNone()
    {
        for (var round = 0; round < 200; round++)
        {
            var frame = Push([5]);
            for (var i = 0; i < 8; i++)
            {
                frame.AddReference();
            }

            Parallel.For(0, 8, _ =>
            {
                Assert.Equal(5, frame.Bytes(FrameFlags.None)[^1]);
                frame.Release();
            });
            frame.Release();
            Assert.Equal(0, _pool.Out);
        }
    }

    [Fact]
    public void RentAndRelease_SteadyState_AllocateNothing()
    {
        var body = new byte[128];
        var leases = new FrameLease[64];
        Burst(body, leases);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Burst(body, leases);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Rent_LengthOutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(0, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent((1 << 21) + 1, out _));
        Assert.Equal(0, _pool.Out);
    }

    private void Burst(byte[] body, Span<FrameLease> leases)
    {
        for (var round = 0; round < 100; round++)
        {
            foreach (ref var lease in leases)
            {
                lease = Push(body);
                Assert.False(lease.Bytes(FrameFlags.Checksum).IsEmpty);
            }

            foreach (ref var lease in leases)
            {
                lease.Release();
            }
        }
    }

    private FrameLease Push(ReadOnlySpan<byte> body)
    {
        var frame = _pool.Rent(FrameHeader.Size + PushHead.Size + body.Length, out var output);
        FrameWriter.WritePush(output, FrameFlags.None, new PushHead { MessageId = 9 }, body);
        return frame;
    }

    private static byte[] Written(FrameFlags flags, ReadOnlySpan<byte> body)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WritePush(output, flags, new PushHead { MessageId = 9 }, body);
        return output.WrittenSpan.ToArray();
    }
}
