using System.Net.Sockets;
using Pusher.Bench.Servers;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Bench.Servers;

/// <summary>The whole product behind the raw connection, as the bare servers are.</summary>
public sealed class NodeServerTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pusher-bench-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("epoll")]
    [InlineData("saea")]
    public async Task Serve_EveryKindOfRawFrame_ReachesTheDevice(string transport)
    {
        var credentials = new TestCredentials(Path.Combine(_directory.FullName, "credentials"));
        var till = credentials.Add("till-1", "load");
        credentials.Save();
        var options = new ServeOptions { Kind = ServerKind.Node, DataDirectory = Path.Combine(_directory.FullName, "data"), CredentialsFile = credentials.Path, Transport = transport };
        await using var server = await ServeCommand.StartAsync(options);
        var (device, _) = await RawDevice.LoginNewAsync(server.Listen, till);
        await using var _ = device;
        using var publisher = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await publisher.ConnectAsync(server.Raw, TestContext.Current.CancellationToken);
        var frames = RawFrames.Write(RawFrames.One, 1, "till-1", "soup"u8).Concat(RawFrames.Write(RawFrames.One, 1, "stranger", "fish"u8)).ToArray();
        await publisher.SendAsync(frames, TestContext.Current.CancellationToken);
        var push = await device.ReadAsync(FrameType.Push);
        Assert.Equal(("soup", 1UL), (push.BodyText, push.Push.Seq));
        await device.AckAsync(push.Place);
        await Eventually.TrueAsync(() => server.Counts is { Published: 2, Pushed: 1, Undeliverable: 1 });
        await publisher.SendAsync(RawFrames.Write(RawFrames.One, 0, "till-1", "bread"u8).Concat(RawFrames.Write(RawFrames.All, 0, "", "menu"u8)).ToArray(), TestContext.Current.CancellationToken);
        push = await device.ReadAsync(FrameType.Push);
        Assert.Equal(("bread", 0UL), (push.BodyText, push.Push.Seq));
        Assert.Equal("menu", (await device.ReadAsync(FrameType.Push)).BodyText);
        await Eventually.TrueAsync(() => server.Counts is { Published: 4, Pushed: 3 });
    }
}
