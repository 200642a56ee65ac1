using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pusher.Bench.Servers.Kestrel;

/// <summary>The floor's work in a bare connection handler of Kestrel, without HTTP.</summary>
internal sealed class KestrelServer : IBenchServer
{
    private readonly WebApplication _application;
    private readonly KestrelDevices _devices;

    private KestrelServer(WebApplication application, KestrelDevices devices)
    {
        _application = application;
        _devices = devices;
        var address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Listen = new IPEndPoint(IPAddress.Parse(address.Host), address.Port);
    }

    public IPEndPoint Listen { get; }

    public IPEndPoint Raw => Listen;

    public Task Completion { get; } = Task.Delay(Timeout.Infinite);

    public ServerCounts Counts => _devices.Counts;

    /// <exception cref="IOException">The address cannot be bound.</exception>
    public static async Task<IBenchServer> StartAsync(ServeOptions options)
    {
        var devices = new KestrelDevices();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(devices);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.IOQueueCount = options.Loops;
            sockets.MaxWriteBufferSize = null;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Listen, listen => listen.UseConnectionHandler<KestrelHandler>()));
        var application = builder.Build();
        await application.StartAsync().ConfigureAwait(false);
        return new KestrelServer(application, devices);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(0);
        await _application.StopAsync(atOnce.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Signals are the process's own matter.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
