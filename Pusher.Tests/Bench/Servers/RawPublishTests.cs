using System.Text;
using Pusher.Bench.Servers.Wire;
using Xunit;

namespace Pusher.Tests.Bench.Servers;

public sealed class RawPublishTests
{
    [Fact]
    public void TryRead_EverySplit_NeedsMoreUntilTheLastByte()
    {
        var frame = RawFrames.Write(RawFrames.One, 1, "till-7", "hello"u8);
        for (var length = 0; length < frame.Length; length++)
        {
            Assert.Equal(RawPublishStatus.NeedMore, RawPublish.TryRead(frame.AsSpan(0, length), out _));
        }

        Assert.Equal(RawPublishStatus.Frame, RawPublish.TryRead([.. frame, 0xFF, 0xFF, 0xFF, 0xFF], out var publish));
        Assert.Equal("till-7", Encoding.ASCII.GetString(publish.Device));
        Assert.Equal("hello", Encoding.ASCII.GetString(frame.AsSpan(publish.PayloadStart, publish.PayloadLength)));
        Assert.Equal((frame.Length, false, 1), (publish.Length, publish.IsToAll, publish.Qos));
    }

    [Fact]
    public void TryRead_ToAllWithoutNameAndPayload_IsAFrame()
    {
        var frame = RawFrames.Write(RawFrames.All, 0, "", []);
        Assert.Equal(RawPublishStatus.Frame, RawPublish.TryRead(frame, out var publish));
        Assert.Equal((true, 0, 0, 7), (publish.IsToAll, publish.Qos, publish.PayloadLength, publish.Length));
    }

    [Theory]
    [InlineData("00000003 03 00 00")] // a kind that does not exist
    [InlineData("00000003 01 02 00")] // a QoS that does not exist
    [InlineData("00000003 01 00 01")] // a name longer than the frame
    [InlineData("00000002 01 00 00")] // no room for the fixed fields
    [InlineData("00100001 01 00 00")] // over the limit
    [InlineData("FFFFFFFF 01 00 00")]
    public void TryRead_ImpossibleFrame_IsInvalid(string hex)
        => Assert.Equal(RawPublishStatus.Invalid, RawPublish.TryRead(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));
}
