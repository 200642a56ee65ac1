using Microsoft.AspNetCore.Connections;

namespace Pusher.Bench.Servers.Kestrel;

/// <summary>Takes every connection that Kestrel accepts.</summary>
internal sealed class KestrelHandler(KestrelDevices devices) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => new KestrelConnection(connection, devices).RunAsync();
}
