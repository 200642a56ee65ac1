using System.Net;
using Pusher.Transport.Interop;
using Xunit;

namespace Pusher.Tests.Transport.Interop;

public sealed class NativeAddressTests
{
    [Fact]
    public void Write_IPv4_IsSockaddrIn()
    {
        byte[] native = new byte[NativeAddress.BytesMax];
        int length = NativeAddress.Write(new IPEndPoint(IPAddress.Parse("127.0.0.7"), 0x1234), native);
        Assert.Equal([2, 0, 0x12, 0x34, 127, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0], native[..length]);
    }

    [Theory]
    [InlineData("127.0.0.7", "127.0.0.7")]
    [InlineData("::1", "::1")]
    [InlineData("fe80::1%3", "fe80::1%3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    public void Read_WhatWasWritten_IsTheSameAddress(string written, string expected)
    {
        byte[] native = new byte[NativeAddress.BytesMax];
        NativeAddress.Write(new IPEndPoint(IPAddress.Parse(written), 65535), native);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(expected), 65535), NativeAddress.Read(native).ToIPEndPoint());
    }
}
