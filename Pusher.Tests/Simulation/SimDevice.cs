using System.Buffers;
using System.Text;
using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Simulation;

/// <summary>A printer: hosts the real <see cref="ClientSession"/>, prints slowly, drops frames, dies, comes back.</summary>
public sealed class SimDevice : IClientSessionSink, IDisposable
{
    /// <summary>What a payload begins with when no device will ever take it.</summary>
    public const char PoisonMark = '!';

    private readonly SimWorld _world;
    private readonly SimRandom _random;
    private readonly SimDedupeRing _ring = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly byte[] _key = new byte[ProtocolLimits.KeyBytes];
    private readonly ClientSessionOptions _options;
    private ClientSession? _client;
    private SimLink? _link;
    private int _attempt; // of connecting; an answer to an earlier one is void
    private int _life;
    private long _armedMs = long.MaxValue;

    public SimDevice(SimWorld world, int index, SimRandom random)
    {
        _world = world;
        _random = random;
        Key = new DeviceKey("tenant", $"dev-{index}");
        random.Fill(_key);
        LoginProof.StoredKey(_key, StoredKey);
        _options = new ClientSessionOptions
        {
            Servers = [.. world.Nodes.Select(n => n.Address)],
            Tenant = Key.Tenant,
            Device = Key.Device,
            Key = _key,
            Checksum = random.Chance(world.Profile.ChecksumChance),
            UnauthorizedRetryMs = 3_000,
            ReconnectMaxMs = 10_000,
            DedupeOff = world.Breakage.DedupeOff,
        };
    }

    public DeviceKey Key { get; }

    public byte[] StoredKey { get; } = new byte[ProtocolLimits.KeyBytes];

    public bool IsRevoked { get; set; }

    public bool IsOnline => _client?.State == ClientSessionState.Online;

    /// <summary>Times that the device stayed away because "a newer login took over", which was its own older one, and a person had to start it again.</summary>
    public int Takeovers { get; private set; }

    private long NowMs => _world.Scheduler.NowMs;

    public void Boot()
    {
        _client = new ClientSession(_options, _ring, new SimEntropy(_random.Split()), this);
        _client.Start(NowMs);
        Settle();
    }

    public void Dispose() => _ring.Dispose();

    public void Cut() => _link?.Cut();

    public void Haunt() => _link?.Haunt();

    /// <summary>The power goes, and comes back later. The ring keeps what was committed.</summary>
    public void Crash(int backAfterMs)
    {
        if (_client is null)
        {
            return;
        }

        _world.Trace.Note(Key.Device, "CRASH, back after ms", (ulong)backAfterMs);
        var link = _link;
        _client = null;
        _link = null;
        _life++;
        _armedMs = long.MaxValue;
        _output.ResetWrittenCount();
        _ring.Crash();
        if (_random.Chance(0.5))
        {
            link?.Haunt();
        }
        else
        {
            link?.Cut();
        }

        _world.Scheduler.After(backAfterMs, Boot);
    }

    void IClientSessionSink.Connect(string address)
    {
        var attempt = ++_attempt;
        var node = _world.Nodes.First(n => n.Address == address);
        After(_random.Between(1, 50), () =>
        {
            if (attempt == _attempt)
            {
                Connected(node);
            }
        });
    }

    void IClientSessionSink.Close()
    {
        FlushOutput();
        _link?.CloseByDevice();
        _link = null;
        var attempt = ++_attempt;
        After(0, () =>
        {
            if (attempt == _attempt)
            {
                _client!.OnDisconnected(NowMs);
                Settle();
            }
        });
    }

    void IClientSessionSink.HandOver(DeviceMessage message)
    {
        var text = Encoding.ASCII.GetString(message.Payload.Span).TrimEnd();
        _world.Trace.Note(Key.Device, "HANDED id stream seq", message.MessageId, message.Stream, message.Seq);
        _world.Checker.Handed(Key, text, new StreamPosition(message.Stream, message.Seq), NowMs);
        After(_random.Between(0, _world.Profile.HandlerMaxMs), () =>
        {
            _client!.OnHandled(message, _random.Chance(0.7) ? HandlingResult.Ok : HandlingResult.Printed);
            _client.Flush();
            Settle();
        });
    }

    void IClientSessionSink.EventAnswered(ulong eventId, EventStatus status)
        => _world.Trace.Note(Key.Device, "event answered", eventId, (ulong)status);

    void IClientSessionSink.StreamReset(StreamReset reset)
        => _world.Trace.Note(Key.Device, "told of reset old new lost", reset.OldStream, reset.NewStream, reset.Lost);

    void IClientSessionSink.StateChanged(ClientStateChange change)
    {
        _world.Trace.Note(Key.Device, change.State.ToString(), (ulong)change.Reason, (ulong)change.RetryInMs);
        if (change.State == ClientSessionState.Halted)
        {
            OnHalted(change.Reason);
        }
    }

    // Nobody else has the device's key. Only what an earlier life left on the way may pass for a newer login.
    private void OnHalted(CloseReason reason)
    {
        if (reason == CloseReason.Replaced)
        {
            Takeovers++;
            if (_life == 0)
            {
                _world.Violate(Key.Device, "stays away, replaced by a connection that it had given up itself");
            }
        }

        AwaitPerson();
    }

    private void AwaitPerson() => After(_random.Between(5_000, 30_000), () =>
    {
        _client!.Start(NowMs);
        Settle();
    });

    private void Connected(SimNode node)
    {
        if (!node.IsUp)
        {
            _client!.OnDisconnected(NowMs);
            Settle();
            return;
        }

        SimLink? link = null;
        SimSession? session = null;
        link = new SimLink(_world, _random.Split())
        {
            DeviceLost = () => Lost(link!),
            NodeLost = () => session!.Lost(),
        };
        session = node.Accept(link);
        link.Up.Receiver = session.Received;
        link.Down.Receiver = bytes => Received(link, bytes);
        _link = link;
        _output.ResetWrittenCount();
        _client!.OnConnected(_output, NowMs);
        Settle();
    }

    private void Lost(SimLink link)
    {
        if (link == _link)
        {
            _link = null;
            _attempt++;
            _client!.OnDisconnected(NowMs);
            Settle();
        }
    }

    private SequencePosition Received(SimLink link, ReadOnlySequence<byte> bytes)
    {
        var start = bytes;
        while (link == _link
            && FrameReader.TryRead(ref bytes, int.MaxValue, out var header, out var payload, out var error) is var status
            && status != FrameReadStatus.NeedMore)
        {
            if (status == FrameReadStatus.Invalid)
            {
                _world.Violate(Key.Device, $"received no frame: {error}");
                return start.End;
            }

            if (header.Type != FrameType.Push || !IsDropped(payload))
            {
                Feed(start.Slice(start.Start, bytes.Start));
            }

            start = bytes;
        }

        return bytes.Start;
    }

    private void Feed(ReadOnlySequence<byte> frame)
    {
        _client!.OnBytes(ref frame, NowMs);
        Settle();
    }

    private bool IsDropped(in ReadOnlySequence<byte> payload)
        => PushHead.TryRead(payload, out _, out var body)
            && (body.FirstSpan[0] == PoisonMark || (_world.IsStorming && _random.Chance(_world.Profile.PushDropChance)));

    private void After(int delayMs, Action action)
    {
        var life = _life;
        _world.Scheduler.After(delayMs, () =>
        {
            if (life == _life)
            {
                action();
            }
        });
    }

    private void Settle()
    {
        FlushOutput();
        var due = _client?.NextDueMs ?? long.MaxValue;
        if (due < _armedMs)
        {
            _armedMs = due;
            var life = _life;
            _world.Scheduler.At(due, () => OnDue(due, life));
        }
    }

    private void OnDue(long armedMs, int life)
    {
        if (armedMs == _armedMs && life == _life)
        {
            _armedMs = long.MaxValue;
            _client!.OnTimer(NowMs);
            SendEvent();
            Settle();
        }
    }

    private void SendEvent()
    {
        if (IsOnline && _random.Chance(0.2))
        {
            _client!.TrySendEvent("paper-low", "x"u8, out _);
        }
    }

    private void FlushOutput()
    {
        if (_output.WrittenCount > 0)
        {
            _link?.Up.Send(_output.WrittenSpan);
            _output.ResetWrittenCount();
        }
    }
}
