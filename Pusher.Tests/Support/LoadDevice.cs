using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>A printer under load: the client library, with every hand-over written into the checker's device log.</summary>
public sealed class LoadDevice : IAsyncDisposable
{
    private readonly DeviceClient _client;
    private readonly ConcurrentQueue<string> _steps = new();
    private readonly DeviceKey _identity;
    private int _handed;

    /// <param name="device">Who.</param>
    /// <param name="server">Where.</param>
    /// <param name="checker">Gets the log.</param>
    /// <param name="change">Changes the options.</param>
    public LoadDevice(TestDevice device, IPEndPoint server, DeliveryChecker checker, Func<DeviceClientOptions, DeviceClientOptions>? change = null)
    {
        var options = new DeviceClientOptions
        {
            Servers = [server.ToString()],
            Tenant = device.Identity.Tenant,
            Device = device.Identity.Device,
            Key = device.Key,
            ReconnectBaseMs = 20,
            ReconnectMaxMs = 200,
            LoginTimeoutMs = 5_000,
        };
        _client = new DeviceClient(change?.Invoke(options) ?? options, (message, _) =>
        {
            var text = Encoding.ASCII.GetString(message.Payload.Span);
            checker.Handed(device.Identity, text[..text.IndexOf(' ', StringComparison.Ordinal)], new StreamPosition(message.Stream, message.Seq), Environment.TickCount64);
            Interlocked.Increment(ref _handed);
            return ValueTask.FromResult(new HandlingResult(DeliveryResult.Printed));
        });
        _identity = device.Identity;
        _client.StateChanged += change => _steps.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {change}");
    }

    public DeviceClient Client => _client;

    /// <summary>Where it stands and its last steps, for the message of a failed test.</summary>
    public string Describe() => $"\n--- {_identity} is {_client.State}, handed over {Handed}\n{string.Join('\n', _steps.TakeLast(12))}";

    public int Handed => Volatile.Read(ref _handed);

    public LoadDevice Start()
    {
        _client.Start();
        return this;
    }

    public Task OnlineAsync() => Expect.TrueAsync(() => _client.State == ClientSessionState.Online, "the device is online", Describe);

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
