using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Server.Hosting;

namespace Pusher.Bench.Servers.Nodes;

/// <summary>
/// The whole product in this process: sessions, store and HTTP as they ship, the bus in-process. A publisher's bytes go to the dispatcher on a
/// thread of their own, as an ingress would hand them over.
/// </summary>
internal sealed class NodeServer : IBenchServer
{
    private readonly ILoggerFactory _logs;
    private readonly Node _node;
    private readonly Socket _listener;
    private readonly NodeCounts _counts = new();
    private readonly string _tenant;

    private NodeServer(ILoggerFactory logs, Node node, Socket listener, string tenant)
    {
        _logs = logs;
        _node = node;
        _listener = listener;
        _tenant = tenant;
        new Thread(AcceptAll) { IsBackground = true, Name = "raw accept" }.Start();
    }

    public IPEndPoint Listen => _node.DeviceEndPoint;

    public IPEndPoint Raw => (IPEndPoint)_listener.LocalEndPoint!;

    public Task Completion => _node.Completion;

    public ServerCounts Counts => _counts.Read();

    /// <summary>Failures are those of <see cref="Node.StartAsync"/> and <see cref="SocketException"/>.</summary>
    public static async Task<IBenchServer> StartAsync(ServeOptions options)
    {
        var listener = new Socket(options.Raw.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(options.Raw);
        listener.Listen();
        var logs = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(LogLevel.Warning)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        var server = new ServerOptions
        {
            Listen = options.Listen,
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            DataDirectory = options.DataDirectory,
            CredentialsFile = options.CredentialsFile,
            Reactors = options.Loops,
            LogLevel = LogLevel.Warning,
        };
        server = options.Transport.Length > 0 ? server with { Transport = options.Transport } : server;
        var node = await Node.StartAsync(server, logs).ConfigureAwait(false);
        return new NodeServer(logs, node, listener, options.Tenant);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _node.DisposeAsync().ConfigureAwait(false);
        _logs.Dispose();
    }

    private void AcceptAll()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                var publisher = new NodePublisher(socket, _node.Dispatcher, _tenant, _counts);
                new Thread(publisher.Run) { IsBackground = true, Name = "raw publisher" }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return; // the listener was closed: the server ends
        }
    }
}
