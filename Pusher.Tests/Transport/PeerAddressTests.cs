using System.Net;
using System.Runtime.CompilerServices;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:7800", true)]
    [InlineData("0.0.0.0:0", true)]
    [InlineData("255.255.255.255:65535", true)]
    [InlineData("[::1]:1", false)]
    [InlineData("[::]:9", false)]
    [InlineData("[2001:db8:1:2:3:4:5:6]:443", false)]
    [InlineData("[fe80::1%3]:443", false)]
    public void From_EndPoint_ReadsAsTheSame(string text, bool isIPv4)
    {
        IPEndPoint endPoint = IPEndPoint.Parse(text);
        PeerAddress address = PeerAddress.From(endPoint);
        Assert.Equal(endPoint, address.ToIPEndPoint());
        Assert.Equal(endPoint.ToString(), address.ToString());
        Assert.Equal(endPoint.Port, address.Port);
        Assert.Equal(isIPv4, address.IsIPv4);
    }

    [Fact]
    public void From_IPv4MappedAddress_IsTheIPv4Peer()
    {
        PeerAddress mapped = PeerAddress.From(new IPEndPoint(IPAddress.Parse("::ffff:10.1.2.3"), 5));
        Assert.Equal("10.1.2.3:5", mapped.ToString());
        Assert.Equal(PeerAddress.From(new IPEndPoint(IPAddress.Parse("10.1.2.3"), 5)), mapped);
    }

    [Fact]
    public void Constructor_AddressOfAnotherLength_Throws() => Assert.Throws<ArgumentException>(() => new PeerAddress(new byte[5], 1));

    [Fact]
    public void Size_IsWhatItsHolderPays() => Assert.Equal(24, Unsafe.SizeOf<PeerAddress>());
}
