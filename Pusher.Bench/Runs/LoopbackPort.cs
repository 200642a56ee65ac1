using System.Net;
using System.Net.Sockets;

namespace Pusher.Bench.Runs;

/// <summary>Ports for servers that cannot choose one themselves.</summary>
internal static class LoopbackPort
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(50);

    /// <summary>A port that was free a moment ago.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Completes when somebody listens there.</summary>
    /// <exception cref="BenchException">Nobody did in time; with the last words of who should have.</exception>
    public static async Task WaitAsync(int port, Child listener, TimeSpan time, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(time);
        while (!await IsOpenAsync(port, deadline.Token).ConfigureAwait(false))
        {
            await Task.Delay(RetryTime, deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
            if (deadline.IsCancellationRequested)
            {
                throw new BenchException($"nothing listens on port {port} after {time.TotalSeconds:0} s: {listener.Complaints}");
            }
        }
    }

    private static async Task<bool> IsOpenAsync(int port, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
