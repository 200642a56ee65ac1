using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Local.Checking;

namespace Pusher.Local.Load;

/// <summary>A printer: the client library that users have, with every hand-over written into the checker's device log.</summary>
public sealed class SimulatedDevice : IAsyncDisposable
{
    private readonly DeviceClient _client;
    private int _handed;
    private int _logins;
    private int _drops;

    /// <param name="identity">Who.</param>
    /// <param name="key">Its key.</param>
    /// <param name="servers">Where, host:port each.</param>
    /// <param name="checker">Gets the log.</param>
    /// <param name="client">Tells two clients of one identity apart.</param>
    public SimulatedDevice(DeviceKey identity, byte[] key, IReadOnlyList<string> servers, DeliveryChecker checker, int client = 0)
    {
        Identity = identity;
        var options = new DeviceClientOptions
        {
            Servers = servers,
            Tenant = identity.Tenant,
            Device = identity.Device,
            Key = key,
            ReconnectBaseMs = 100,
            ReconnectMaxMs = 2_000, // the nodes are next door
            HeartbeatMs = 5_000,
            StopTimeoutMs = 0,
        };
        _client = new DeviceClient(options, (message, _) =>
        {
            var value = SimulatedPayload.ValueIn(message.Payload.Span);
            OnHanded?.Invoke(value);
            checker.Handed(identity, value, new StreamPosition(message.Stream, message.Seq), Environment.TickCount64, client);
            Interlocked.Increment(ref _handed);
            return ValueTask.FromResult(new HandlingResult(DeliveryResult.Printed));
        }, new ResetListener(identity, checker));
        _client.StateChanged += OnStateChanged;
    }

    public DeviceKey Identity { get; }

    public ClientSessionState State => _client.State;

    /// <summary>The node it is logged in to, or was last; null before the first login.</summary>
    public string? Node => _client.Login?.Node;

    /// <summary>Called with the value of each message, before it is logged.</summary>
    public Action<string>? OnHanded { get; init; }

    /// <summary>Messages handed over.</summary>
    public int Handed => Volatile.Read(ref _handed);

    public int Logins => Volatile.Read(ref _logins);

    /// <summary>Sessions that ended otherwise than by this side's will.</summary>
    public int Drops => Volatile.Read(ref _drops);

    /// <summary>Connects, and stays connected; again after it was replaced.</summary>
    public void Start() => _client.Start();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void OnStateChanged(ClientStateChange change)
    {
        if (change.State == ClientSessionState.Online)
        {
            Interlocked.Increment(ref _logins);
        }
        else if (change.State is ClientSessionState.Waiting or ClientSessionState.Halted && change.Reason != CloseReason.None)
        {
            Interlocked.Increment(ref _drops);
        }
    }
}
