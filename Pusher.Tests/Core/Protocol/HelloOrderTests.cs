using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>The attempt among the extensions of a HELLO.</summary>
public sealed class HelloOrderTests
{
    private const string Attempt = "0001000c0123456789abcdef00000003";

    [Theory]
    [InlineData("", 0UL, 0u)]
    [InlineData("7001000361626370020000", 0UL, 0u)]
    [InlineData(Attempt, 0x0123456789abcdefUL, 3u)]
    [InlineData("70010003616263" + Attempt + "70020000", 0x0123456789abcdefUL, 3u)]
    [InlineData("0001000c000000000000000000000001" + Attempt, 0x0123456789abcdefUL, 3u)]
    [InlineData("0001000cffffffffffffffffffffffff", ulong.MaxValue, uint.MaxValue)]
    public void TryReadOrder_Extensions_GivesTheLastAttempt(string extensions, ulong instance, uint attempt)
    {
        Assert.True(HelloFrame.TryRead(Hello(extensions), out var hello));
        Assert.True(hello.TryReadOrder(out var order));
        Assert.Equal(new LoginOrder(instance, attempt), order);
    }

    [Theory]
    [InlineData("00010000")]
    [InlineData("0001000b0123456789abcdef000000")]
    [InlineData("0001000d0123456789abcdef0000000300")]
    [InlineData(Attempt + "00010000")]
    [InlineData("00010000" + Attempt)]
    public void TryReadOrder_AttemptOfAnotherLength_IsRefused(string extensions)
    {
        Assert.True(HelloFrame.TryRead(Hello(extensions), out var hello));
        Assert.False(hello.TryReadOrder(out _));
    }

    private static byte[] Hello(string extensions)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(output, FrameFlags.None, 0, 0, new byte[ProtocolLimits.ClientNonceBytes], "t", "d", "", "", [], []);
        return [.. output.WrittenSpan[FrameHeader.Size..], .. Convert.FromHexString(extensions)];
    }
}
