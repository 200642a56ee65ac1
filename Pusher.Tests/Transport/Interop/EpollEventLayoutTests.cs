using Pusher.Transport.Interop;
using Xunit;
using ProcessorArchitecture = System.Runtime.InteropServices.Architecture;

namespace Pusher.Tests.Transport.Interop;

public sealed class EpollEventLayoutTests
{
    private const ulong Data = 0x1122334455667788;

    [Theory]
    [InlineData(ProcessorArchitecture.X64, 12, 4)]
    [InlineData(ProcessorArchitecture.Arm64, 16, 8)]
    public void For_Architecture_IsThatOfItsHeaders(ProcessorArchitecture architecture, int size, int dataOffset) =>
        Assert.Equal(new EpollEventLayout(size, dataOffset), EpollEventLayout.For(architecture));

    [Fact]
    public void Write_Packed_DataFollowsTheFlags()
    {
        byte[] events = new byte[24];
        EpollEventLayout.Packed.Write(events, 1, EpollFlags.In | EpollFlags.EdgeTriggered, Data);
        Assert.Equal([.. new byte[12], 1, 0, 0, 0x80, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], events);
    }

    [Fact]
    public void Write_Aligned_DataFollowsFourBytesOfPadding()
    {
        byte[] events = [.. Enumerable.Repeat((byte)0xEE, 32)];
        EpollEventLayout.Aligned.Write(events, 1, EpollFlags.Out | EpollFlags.PeerHangUp, Data);
        byte[] expected = [4, 0x20, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11];
        Assert.Equal(expected, events[16..]);
        Assert.All(events[..16], one => Assert.Equal(0xEE, one));
    }

    [Theory]
    [InlineData(ProcessorArchitecture.X64)]
    [InlineData(ProcessorArchitecture.Arm64)]
    public void Read_WhatWasWritten_IsTheSame(ProcessorArchitecture architecture)
    {
        EpollEventLayout layout = EpollEventLayout.For(architecture);
        byte[] events = new byte[5 * layout.Size];
        for (int i = 0; i < 5; i++)
        {
            layout.Write(events, i, (EpollFlags)(1u << i), ulong.MaxValue - (ulong)i);
        }

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal((EpollFlags)(1u << i), layout.Flags(events, i));
            Assert.Equal(ulong.MaxValue - (ulong)i, layout.Data(events, i));
        }
    }
}
