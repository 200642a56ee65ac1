using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Server.Credentials;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

/// <summary>The session layer of a node with one reactor in memory: real dispatcher, directory, sessions and credentials, no socket.</summary>
internal sealed class ReactorBench : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-reactor-").FullName;
    private readonly ModelMessageStore _store = new(TimeProvider.System);
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly CredentialsFile _credentials;
    private readonly PusherMeter _meter = new();

    public ReactorBench(params TestDevice[] devices)
    {
        var file = Path.Combine(_directory, "credentials.txt");
        File.WriteAllText(file, "pusher-credentials 1\n" + string.Concat(devices.Select(TestCredentials.Line)));
        _credentials = new CredentialsFile(new CredentialsFileOptions { Path = file }, TimeProvider.System, NullLogger<CredentialsFile>.Instance);
        var sessions = new SessionDirectory();
        Services = new SessionServices(
            new SessionOptions(),
            TimeProvider.System,
            _store,
            new MemoryRouteTable("n1", TimeProvider.System),
            sessions,
            _credentials,
            new EventPublisher(_bus, TimeProvider.System, _meter, NullLogger<EventPublisher>.Instance),
            _meter,
            new SessionLimits());
        Handler = new DeviceReactor(Services, new PendingLogins(100_000, NullLogger.Instance), NullLogger.Instance);
        Handler.OnStarted(Reactor);
        Delivery = new UnstoredDelivery(sessions, _meter);
        Delivery.Attach([Handler.Mailbox]);
        Dispatcher = new Dispatcher(_store, _credentials, sessions, sessions, Delivery, new MessageIdGenerator(TimeProvider.System, 0, 0), TimeProvider.System, new DispatchOptions(), _meter);
    }

    public ConnectionsReactor Reactor { get; } = new();

    public SessionServices Services { get; }

    public DeviceReactor Handler { get; }

    public UnstoredDelivery Delivery { get; }

    public SharedFramePool Frames { get; } = new();

    public Dispatcher Dispatcher { get; }

    public static TestDevice[] Devices(int count, string tenant = "acme")
        => [.. Enumerable.Range(0, count).Select(i => new TestDevice(tenant, $"{tenant}-{i}"))];

    /// <summary>Connects a device and logs it in; what was written on the way is taken.</summary>
    public ConnectionId Login(TestDevice device, FrameFlags flags = FrameFlags.None)
    {
        var connection = Reactor.Open();
        var nonce = new byte[ProtocolLimits.ClientNonceBytes];
        RandomNumberGenerator.Fill(nonce);
        var (tenant, name) = device.Identity;
        Handler.OnAccepted(connection, default);
        Receive(connection, o => FrameWriter.WriteHello(o, flags, 0, 0, nonce, tenant, name, "", "bench", [], []));
        Assert.True(ChallengeFrame.TryRead(Frame(connection, FrameType.Challenge), out var challenge));
        var proof = new byte[ProtocolLimits.KeyBytes];
        LoginProof.Compute(device.Key.Span, tenant, name, nonce, challenge.ServerNonce, proof);
        Receive(connection, o => FrameWriter.WriteProof(o, flags, proof));
        TurnsUntil(() => Reactor.OutputBacklogBytes(connection) > 0, "the device is welcome");
        Frame(connection, FrameType.Welcome);
        return connection;
    }

    public void Receive(ConnectionId connection, Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        Handler.OnReceived(connection, new ReadOnlySequence<byte>(bytes.WrittenMemory));
    }

    public int Turn() => Handler.OnTurn(Environment.TickCount64);

    public void TurnsUntil(Func<bool> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), $"did not happen: {what}");
            Turn();
            Thread.Yield();
        }
    }

    /// <summary>Posts a QoS 0 message to a tenant.</summary>
    public UnstoredReach ToTenant(string tenant, string text)
    {
        var frame = Encode(Encoding.UTF8.GetBytes(text));
        var reach = Delivery.ToTenant(tenant, in frame);
        frame.Release();
        return reach;
    }

    /// <summary>Posts a QoS 0 message to a device.</summary>
    public UnstoredReach ToDevice(TestDevice device, byte[] payload)
    {
        var frame = Encode(payload);
        var reach = Delivery.ToDevice(device.Identity, in frame);
        frame.Release();
        return reach;
    }

    /// <summary>The bodies of the PUSHes that a connection got since the last look.</summary>
    public string[] Pushes(ConnectionId connection)
    {
        var rest = new ReadOnlySequence<byte>(Reactor.Take(connection));
        var texts = new List<string>();
        while (FrameReader.TryRead(ref rest, 1 << 20, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            Assert.Equal(FrameType.Push, header.Type);
            Assert.True(PushHead.TryRead(in payload, out var head, out var body));
            Assert.Equal((0U, 0UL), (head.Stream, head.Seq));
            texts.Add(Encoding.UTF8.GetString(body));
        }

        Assert.True(rest.IsEmpty, "a frame was cut or its trailer is wrong");
        return [.. texts];
    }

    /// <summary>Each count of a meter's instrument by its tag's value; "" without a tag.</summary>
    public Dictionary<string, long> Counts(string instrument) => MeterCounts.Of(_meter, instrument);

    public async ValueTask DisposeAsync()
    {
        _credentials.Dispose();
        _meter.Dispose();
        await _bus.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private FrameLease Encode(byte[] payload)
    {
        var frame = Frames.Rent(FrameHeader.Size + PushHead.Size + payload.Length, out var output);
        FrameWriter.WritePush(output, FrameFlags.None, new PushHead { MessageId = 7 }, payload);
        return frame;
    }

    private byte[] Frame(ConnectionId connection, FrameType type)
    {
        var rest = new ReadOnlySequence<byte>(Reactor.Take(connection));
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref rest, 1 << 20, out var header, out var payload, out _));
        Assert.Equal(type, header.Type);
        return payload.ToArray();
    }
}
