using System.Net;
using System.Text;
using Pusher.Client.Devices;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>A printer under load: the client library, with every hand-over written into the checker's device log.</summary>
public sealed class LoadDevice : IAsyncDisposable
{
    private readonly DeviceClient _client;
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
    }

    public DeviceClient Client => _client;

    public int Handed => Volatile.Read(ref _handed);

    public LoadDevice Start()
    {
        _client.Start();
        return this;
    }

    public Task OnlineAsync() => Eventually.TrueAsync(() => _client.State == ClientSessionState.Online, "the device is online");

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
