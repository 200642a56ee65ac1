using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Server.Credentials;
using Pusher.Server.Sessions;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

/// <summary>
/// Devices on one real <see cref="DeviceReactor"/> with the real directory, route table, wheel and credentials, over a transport that is only memory.
/// They log in by the bytes of HELLO and PROOF, one after the other.
/// </summary>
internal sealed class SimulatedDevices : IAsyncDisposable
{
    private const int Tenants = 16;

    private static readonly PeerAddress Peer = PeerAddress.From(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40_000));

    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-sessions-").FullName;
    private readonly byte[] _key = [.. Enumerable.Range(1, ProtocolLimits.KeyBytes).Select(i => (byte)i)]; // one for all: their number matters, not their secrets
    private readonly byte[] _clientNonce = new byte[ProtocolLimits.ClientNonceBytes];
    private readonly byte[] _proof = new byte[ProtocolLimits.KeyBytes];
    private readonly ArrayBufferWriter<byte> _input = new(1024);
    private readonly PusherMeter _meter = new();
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly CredentialsFile _credentials;
    private readonly DeviceReactor _handler;

    public SimulatedDevices(int count)
    {
        var path = Path.Combine(_directory, "credentials");
        WriteCredentials(path, count);
        _credentials = new CredentialsFile(new CredentialsFileOptions { Path = path }, TimeProvider.System, NullLogger<CredentialsFile>.Instance);
        var services = new SessionServices(
            new SessionOptions(),
            TimeProvider.System,
            new StillStore(),
            Routes,
            Sessions,
            _credentials,
            new EventPublisher(_bus, TimeProvider.System, _meter, NullLogger<EventPublisher>.Instance),
            _meter,
            new SessionLimits());
        _handler = new DeviceReactor(services, new PendingLogins(services.Limits.LoginsPendingMax, NullLogger.Instance), NullLogger.Instance);
        _handler.OnStarted(Reactor);
        _handler.OnTurn(Reactor.NowMs); // as a loop's first turn does, it brings the wheel to the present
    }

    public MemoryReactor Reactor { get; } = new() { NowMs = 1_000_000 };

    public SessionDirectory Sessions { get; } = new();

    public MemoryRouteTable Routes { get; } = new("node", TimeProvider.System);

    /// <summary>Timers the wheel has looked at so far.</summary>
    public long TimersVisited => _handler.Wheel.Visits;

    /// <summary>Bytes the server has allocated in the calls made here, without those of the devices' side.</summary>
    public long Allocated { get; private set; }

    /// <summary>Connects a device and logs it in, at the reactor's present time.</summary>
    public void LogIn(int number)
    {
        var connection = ConnectionOf(number);
        var device = DeviceOf(number);
        Reactor.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        _handler.OnAccepted(connection, Peer);
        Allocated += GC.GetAllocatedBytesForCurrentThread() - before;

        FrameWriter.WriteHello(_input, FrameFlags.None, 0, 0, _clientNonce, device.Tenant, device.Device, "", "test", [], []);
        Receive(connection);
        var nonce = Payload(FrameType.Challenge)[..ProtocolLimits.ServerNonceBytes];
        LoginProof.Compute(_key, device.Tenant, device.Device, _clientNonce, nonce, _proof);
        Reactor.Clear();

        FrameWriter.WriteProof(_input, FrameFlags.None, _proof);
        Receive(connection);
        Turn();
        Payload(FrameType.Welcome);
    }

    /// <summary>A heartbeat of a device that is logged in, and the server's answer.</summary>
    public void Heartbeat(int number)
    {
        Reactor.Clear();
        FrameWriter.WriteHeartbeat(_input, FrameFlags.None);
        Receive(ConnectionOf(number));
        Payload(FrameType.Heartbeat);
    }

    /// <summary>Turns of the reactor at its present time, until it would sleep.</summary>
    public void Turn()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (_handler.OnTurn(Reactor.NowMs) == 0)
        {
        }

        Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
    }

    public async ValueTask DisposeAsync()
    {
        _credentials.Dispose();
        _meter.Dispose();
        await _bus.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void Receive(ConnectionId connection)
    {
        var bytes = new ReadOnlySequence<byte>(_input.WrittenMemory);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _handler.OnReceived(connection, in bytes);
        Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        _input.ResetWrittenCount();
    }

    private ReadOnlySpan<byte> Payload(FrameType expected)
    {
        var written = Reactor.Written;
        Assert.True(written.Length >= FrameHeader.Size && written[3] == (byte)expected, $"the server answered something else than {expected}");
        return written[FrameHeader.Size..];
    }

    private static ConnectionId ConnectionOf(int number) => new(number, 1);

    private static DeviceKey DeviceOf(int number)
        => new(string.Create(CultureInfo.InvariantCulture, $"tenant-{number % Tenants}"), string.Create(CultureInfo.InvariantCulture, $"printer-{number}"));

    private void WriteCredentials(string path, int count)
    {
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(_key, stored);
        var key = StoredKey.FromHash(stored);
        using var file = new StreamWriter(path);
        file.WriteLine(CredentialsLine.Header);
        for (var i = 0; i < count; i++)
        {
            file.WriteLine(CredentialsLine.Format(new CredentialsEntry(DeviceOf(i), key, null, null)));
        }
    }
}
