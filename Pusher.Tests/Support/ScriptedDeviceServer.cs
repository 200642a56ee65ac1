using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Pusher.Tests.Support;

/// <summary>A TCP server that accepts devices and does with each what the test says.</summary>
public sealed class ScriptedDeviceServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<ScriptedDeviceConnection> _accepted = Channel.CreateUnbounded<ScriptedDeviceConnection>();
    private readonly List<ScriptedDeviceConnection> _connections = [];
    private readonly Task _accepting;

    public ScriptedDeviceServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>The next device that connects, within 20 s.</summary>
    public async Task<ScriptedDeviceConnection> NextAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        return await _accepted.Reader.ReadAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _connections.ForEach(c => c.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ScriptedDeviceConnection(await _listener.AcceptTcpClientAsync());
                _connections.Add(connection);
                _accepted.Writer.TryWrite(connection);
            }
        }
        catch (SocketException)
        {
            _accepted.Writer.TryComplete(); // the listener was stopped
        }
    }
}
