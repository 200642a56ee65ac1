using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Client.Devices;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// A device that was stopped never ended its side of the connection, so every stop took the two seconds after which it is cut: in
/// <c>empty ? null : bytes</c> the null had become an empty memory, and "nothing more" was read as "nothing yet".
/// </summary>
public sealed class DeviceConnectionEndTests
{
    [Fact]
    public void TakeOutgoing_CompletedAndSent_SaysThatNothingMoreComes()
    {
        var options = new DeviceClientOptions { Servers = ["127.0.0.1:7800"], Tenant = "acme", Device = "p1", Key = new byte[32] };
        using var host = new DeviceHost(options, new DedupeRing(), SystemEntropy.Instance, NullLogger.Instance, TimeProvider.System);
        using var connection = new DeviceConnection("127.0.0.1:7800", host);

        FrameWriter.WriteHeartbeat(connection.Outbox, FrameFlags.None);
        connection.Close(connecting: false);

        Assert.Equal(FrameHeader.Size, host.TakeOutgoing(connection)!.Value.Length);
        Assert.Null(host.TakeOutgoing(connection));
    }
}
