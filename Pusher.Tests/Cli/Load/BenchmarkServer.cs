using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;

namespace Pusher.Tests.Cli.Load;

/// <summary>
/// The least server that takes raw publishes: logs every device in, and pushes what comes to the one it names or to all. Keeps nothing.
/// </summary>
/// <remarks>Threading: one flow for each device's login, one for each publisher.</remarks>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly ScriptedDeviceServer _devices = new();
    private readonly TcpListener _publishers = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, ScriptedDeviceConnection> _live = new();
    private readonly ConcurrentDictionary<string, ulong> _seq = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _pushing = new(1);
    private readonly Func<long, bool> _isDropped;
    private readonly Task _serving;
    private long _published;

    /// <param name="isDropped">Which of the publishes, counted from 0, it loses.</param>
    public BenchmarkServer(Func<long, bool>? isDropped = null)
    {
        _isDropped = isDropped ?? (_ => false);
        _publishers.Start();
        _serving = Task.WhenAll(ServeDevicesAsync(), ServePublishersAsync());
    }

    public string Devices => _devices.Address;

    public string Publish => $"raw:127.0.0.1:{((IPEndPoint)_publishers.LocalEndpoint).Port}";

    public long Published => Volatile.Read(ref _published);

    public IReadOnlyCollection<string> Live => [.. _live.Keys];

    /// <summary>Ends the connection of a device.</summary>
    public void Cut(string device) => _live[device].Cut();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _publishers.Stop();
        await _devices.DisposeAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _pushing.Dispose();
    }

    private async Task ServeDevicesAsync()
    {
        while (true)
        {
            var device = await _devices.NextAsync(_end.Token);
            var (_, hello) = await device.ReadAsync();
            await device.SendAsync(w => FrameWriter.WriteChallenge(w, FrameFlags.None, ScriptedDeviceConnection.ServerNonce));
            await device.ReadAsync();
            await device.SendAsync(w => FrameWriter.WriteWelcome(w, FrameFlags.None, new WelcomeValues { Epoch = 1, HeartbeatMs = 60_000, PayloadBytesMax = 65_536, Window = 16 }, "test", []));
            _live[NameOf(hello)] = device;
        }
    }

    private static string NameOf(byte[] hello)
    {
        Xunit.Assert.True(HelloFrame.TryRead(hello, out var frame));
        return Encoding.ASCII.GetString(frame.Device);
    }

    private async Task ServePublishersAsync()
    {
        var clients = new List<Task>();
        while (!_end.IsCancellationRequested)
        {
            clients.Add(ServePublisherAsync(await _publishers.AcceptTcpClientAsync(_end.Token)));
        }

        await Task.WhenAll(clients);
    }

    private async Task ServePublisherAsync(TcpClient client)
    {
        using var owned = client;
        var reader = PipeReader.Create(client.GetStream());
        while (await TryReadAsync(reader, 4) is { } length && await TryReadAsync(reader, BinaryPrimitives.ReadInt32BigEndian(length)) is { } frame)
        {
            await _pushing.WaitAsync(_end.Token);
            if (!_isDropped(Interlocked.Increment(ref _published) - 1))
            {
                await PushAsync(frame);
            }

            _pushing.Release();
        }
    }

    private async Task PushAsync(byte[] frame)
    {
        var (kind, qos, length) = (frame[0], frame[1], frame[2]);
        var name = Encoding.ASCII.GetString(frame.AsSpan(3, length));
        var body = frame[(3 + length)..];
        foreach (var device in kind == 2 ? [.. _live.Keys] : new[] { name })
        {
            var seq = qos == 0 ? 0 : _seq.AddOrUpdate(device, 1, (_, before) => before + 1);
            try
            {
                await _live[device].PushAsync(0, qos == 0 ? 0 : 9u, seq, body);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                continue; // it is gone, and nothing is kept for it
            }
        }
    }

    private async Task<byte[]?> TryReadAsync(PipeReader reader, int bytes)
    {
        var read = await reader.ReadAtLeastAsync(bytes, _end.Token);
        if (read.Buffer.Length < bytes)
        {
            return null;
        }

        var taken = System.Buffers.BuffersExtensions.ToArray(read.Buffer.Slice(0, bytes));
        reader.AdvanceTo(read.Buffer.GetPosition(bytes));
        return taken;
    }
}
