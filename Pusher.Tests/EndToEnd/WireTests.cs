using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Illegal bytes on a real socket: the exact answer, the end of the connection, and a server that goes on.</summary>
public sealed class WireTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    private const string Header = "D7010001";

    /// <summary>Hexadecimal bytes sent right after connecting.</summary>
    public static TheoryData<string, string, CloseReason> BeforeLogin => new()
    {
        { "one wrong byte", "00", CloseReason.BadFrame },
        { "wrong magic in a whole header", "D601000100000000", CloseReason.BadFrame },
        { "version 0", "D700", CloseReason.UnsupportedVersion },
        { "version 2", "D702", CloseReason.UnsupportedVersion },
        { "unknown critical flag", "D70140", CloseReason.BadFrame },
        { "all critical flags", "D701F0", CloseReason.BadFrame },
        { "length over the limit before login", Header + "00000401", CloseReason.TooLarge },
        { "length over the limit by its first byte", Header + "01", CloseReason.TooLarge },
        { "length of 4 GiB", Header + "FFFFFFFF", CloseReason.TooLarge },
        { "empty HELLO", Header + "00000000", CloseReason.BadFrame },
        { "ACK before login", "D70100210000000C000000010000000000000001", CloseReason.WrongState },
        { "DONE before login", "D70100220000000B000000000000000100000000", CloseReason.WrongState },
        { "PROOF before HELLO", "D701000300000020" + new string('0', 64), CloseReason.WrongState },
        { "a server's frame", "D701000200000020" + new string('0', 64), CloseReason.WrongState },
        { "PUSH from a device", "D701002000000020" + new string('0', 64), CloseReason.WrongState },
        { "GOAWAY from a device", "D70100300000000800010000000000000", CloseReason.WrongState },
        { "checksum that is wrong", "D70180100000000400000000", CloseReason.BadFrame },
        { "checksum flag without room for it", "D701801000000000", CloseReason.BadFrame },
    };

    /// <summary>Hexadecimal bytes sent by a device that is logged in.</summary>
    public static TheoryData<string, string, CloseReason> AfterLogin => new()
    {
        { "wrong magic", "48", CloseReason.BadFrame },
        { "a second HELLO", Header + "00000000", CloseReason.WrongState },
        { "a second PROOF", "D701000300000020" + new string('0', 64), CloseReason.WrongState },
        { "ACK that is cut off", "D70100210000000B0000000100000000000000", CloseReason.BadFrame },
        { "DONE that is cut off", "D701002200000004" + "00000000", CloseReason.BadFrame },
        { "EVENT that is cut off", "D701002500000004" + "00000000", CloseReason.BadFrame },
        { "length of 1 MiB", "D701002500100000", CloseReason.TooLarge },
        { "a WELCOME", "D701000400000000", CloseReason.WrongState },
    };

    [Theory]
    [MemberData(nameof(BeforeLogin))]
    public async Task BeforeLogin_IllegalBytes_AreRefusedAndClosed(string what, string hex, CloseReason reason)
    {
        await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);

        await raw.SendAsync(Bytes(hex));

        Assert.NotEmpty(what);
        await raw.ExpectFarewellAsync(FrameType.Refused, reason);
    }

    [Theory]
    [MemberData(nameof(AfterLogin))]
    public async Task AfterLogin_IllegalBytes_EndInGoAway(string what, string hex, CloseReason reason)
    {
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice());
        await using var disposal = raw;

        await raw.SendAsync(Bytes(hex));

        Assert.NotEmpty(what);
        await raw.ExpectFarewellAsync(FrameType.GoAway, reason);
    }

    [Fact]
    public async Task BeforeLogin_HttpRequest_IsRefused()
    {
        await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);

        await raw.SendAsync("GET / HTTP/1.1\r\nHost: printer\r\n\r\n");

        await raw.ExpectFarewellAsync(FrameType.Refused, CloseReason.BadFrame);
    }

    [Fact]
    public async Task BeforeLogin_TlsClientHello_IsRefusedAtOnce()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(node.Node.Listen, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream());

        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => tls.AuthenticateAsClientAsync("localhost").WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));

        Assert.True(failure is AuthenticationException or IOException, failure.ToString());
    }

    [Fact]
    public async Task BeforeLogin_HelloByteByByte_IsServed()
    {
        var device = node.TakeDevice();
        await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);
        var hello = new System.Buffers.ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(hello, FrameFlags.None, 0, 0, new byte[16], "acme", device.Identity.Device, "", "", [], []);

        foreach (var one in hello.WrittenMemory.ToArray())
        {
            await raw.SendAsync(new[] { one });
        }

        Assert.Equal(FrameType.Challenge, (await raw.ReadAsync()).Type);
    }

    [Fact]
    public async Task BeforeLogin_BadNames_AreBadHello()
    {
        await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);

        await raw.SendAsync(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, new byte[16], "acme", "p.1", "", "", [], []));

        await raw.ExpectFarewellAsync(FrameType.Refused, CloseReason.BadHello);
    }

    [Fact]
    public async Task AfterLogin_UnknownFrameType_IsSkipped()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice());
        await using var disposal = raw;

        await raw.SendAsync(Bytes("D701007F00000003AABBCC" + "D701001000000000"));

        Assert.Equal(FrameType.Heartbeat, (await raw.ReadAsync()).Type);
    }

    [Fact]
    public async Task AnyState_RandomBytes_NeverHurtTheServer()
    {
        var random = new Random(20_260_701);
        for (var i = 0; i < 200; i++)
        {
            await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);
            var bytes = new byte[random.Next(1, 4_000)];
            random.NextBytes(bytes);
            bytes[0] = i % 2 == 0 ? (byte)0xD7 : bytes[0];
            if (i % 4 == 0 && bytes.Length > 3)
            {
                bytes[1] = 1;
                bytes[2] = 0;
            }

            await raw.SendAsync(bytes);
        }

        var (device, _) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice());
        await device.DisposeAsync();
        Assert.DoesNotContain("   at ", node.Node.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain(" fail: ", node.Node.Logs, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Length % 2 == 0 ? hex : hex + "0");
}
