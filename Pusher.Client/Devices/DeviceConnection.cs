using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Pusher.Client.Devices;

/// <summary>
/// One TCP connection of a device, from the attempt to its end. Everything that happens on it is passed to the session by
/// <see cref="DeviceHost"/>; its end is told exactly once.
/// </summary>
/// <remarks>Threading: <see cref="RunAsync"/> runs its own receiver and sender; <see cref="Close"/> and <see cref="Wake"/> from any thread, under the host's gate.</remarks>
internal sealed class DeviceConnection(string address, DeviceHost host) : IDisposable
{
    /// <summary>How long the last bytes may take to leave a connection that is being closed.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _abort = new();
    private readonly WakeSignal _wake = new();

    /// <summary>What the session writes.</summary>
    public Outbox Outbox { get; } = new();

    /// <summary>Sends what is there, then ends; ends at once while connecting.</summary>
    public void Close(bool connecting)
    {
        Outbox.Completed = true;
        _wake.Set();
        if (connecting)
        {
            _ = _abort.CancelAsync(); // not inline: the caller holds the gate
        }
        else
        {
            _abort.CancelAfter(CloseTimeout);
        }
    }

    /// <summary>Something was written.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Connects, exchanges bytes until either side ends it, and tells the host.</summary>
    public async Task RunAsync()
    {
        string? failure = null;
        try
        {
            using var socket = await ConnectAsync().ConfigureAwait(false);
            using var connection = SocketConnection.Create(socket, PipeOptions.Default, SocketConnectionOptions.None, address);
            host.OnConnected(this);
            await ExchangeAsync(connection).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e.Message; // the end of a connection is an event like any other; the session decides what follows
        }

        host.OnDisconnected(this, failure);
    }

    public void Dispose() => _abort.Dispose();

    private async Task<Socket> ConnectAsync()
    {
        _ = ServerAddress.TryParse(address, out var server);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, _abort.Token).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ExchangeAsync(SocketConnection connection)
    {
        var sending = SendAsync(connection.Output, connection.Input);
        try
        {
            await ReceiveAsync(connection.Input).ConfigureAwait(false);
        }
        finally
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync(_abort.Token).ConfigureAwait(false);
            var bytes = read.Buffer;
            if (!bytes.IsEmpty)
            {
                host.OnBytes(this, ref bytes);
                input.AdvanceTo(bytes.Start, bytes.End);
            }

            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }

    /// <summary>Sends until the outbox is completed and empty; when sending fails, stops the receiver. Never throws.</summary>
    private async Task SendAsync(PipeWriter output, PipeReader input)
    {
        try
        {
            while (host.TakeOutgoing(this) is { } bytes)
            {
                if (bytes.IsEmpty)
                {
                    await _wake.WaitAsync(_abort.Token).ConfigureAwait(false);
                }
                else if ((await output.WriteAsync(bytes, _abort.Token).ConfigureAwait(false)).IsCompleted)
                {
                    break;
                }
            }

            await output.CompleteAsync().ConfigureAwait(false); // sends the rest and FIN; the peer's answer ends the receiver
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            await output.CompleteAsync(e).ConfigureAwait(false);
            input.CancelPendingRead();
        }
    }
}
