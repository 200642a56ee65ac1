using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Core.Identity;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>The bytes of a publish.</summary>
public sealed class PublishProtocolTests
{
    private static readonly LoadIdentity[] Devices = [new(new DeviceKey("acme", "p1"), []), new(new DeviceKey("acme", "printer"), [])];
    private readonly ArrayBufferWriter<byte> _output = new();

    private string Written => Encoding.Latin1.GetString(_output.WrittenSpan);

    [Fact]
    public void Raw_OneAndAll_AreTheFramesOfTheDocumentation()
    {
        var protocol = new RawPublishProtocol(RawPublishProtocol.NamesOf(Devices), 1);
        Assert.True(protocol.Greet(_output));
        protocol.Publish(_output, 1, 0, "ab"u8);
        protocol.Publish(_output, -1, 1, "cd"u8);
        Assert.Equal("\0\0\0\u000c\u0001\u0001\u0007printerab\0\0\0\u0005\u0002\u0001\0cd", Written);
    }

    [Fact]
    public void Nats_RequestToPusher_CarriesIdAndReply()
    {
        new NatsPublishProtocol(NatsTargets.OfPusher(Devices), "r-0", NatsPublishStyle.Request).Publish(_output, 0, 42, "body"u8);
        Assert.Equal("HPUB pusher.pub.acme.device.p1 _INBOX.load.r-0.42 31 35\r\nNATS/1.0\r\nPusher-Id: r-0-42\r\n\r\nbody\r\n", Written);
        Assert.Equal(31, "NATS/1.0\r\nPusher-Id: r-0-42\r\n\r\n".Length);
    }

    [Fact]
    public void Nats_QosZeroToAll_CarriesNoReply()
    {
        new NatsPublishProtocol(NatsTargets.OfPusher(Devices), "r-0", NatsPublishStyle.QosZero).Publish(_output, -1, 42, "body"u8);
        Assert.Equal("HPUB pusher.pub.acme.all 27 31\r\nNATS/1.0\r\nPusher-Qos: 0\r\n\r\nbody\r\n", Written);
    }

    [Fact]
    public void Nats_ToClients_IsPlain()
    {
        new NatsPublishProtocol(NatsTargets.OfClients(Devices), "r-0", NatsPublishStyle.Plain).Publish(_output, 1, 42, "body"u8);
        Assert.Equal("PUB load.acme.printer 4\r\nbody\r\n", Written);
    }

    [Theory]
    [InlineData("raw:127.0.0.1:5", nameof(PublishKind.Raw), 5)]
    [InlineData("nats://127.0.0.1:7", nameof(PublishKind.Nats), 7)]
    [InlineData("nats://127.0.0.1", nameof(PublishKind.Nats), 4222)]
    public void PublishAddress_Good_IsRead(string text, string kind, int port)
    {
        var address = PublishAddress.Parse("--publish", text);
        Assert.Equal((kind, port), (address.Kind.ToString(), address.Remote.Port));
    }
}
