using System.Buffers;
using System.Buffers.Binary;
using Pusher.Bench.Servers.Wire;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Bench.Servers.Transport;

/// <summary>The floor's work on a reactor of the product: what is added to the floor is the transport, and nothing else.</summary>
internal sealed class BareReactor(BareDevices devices, IReadOnlyList<BareReactor> all) : IReactorHandler
{
    private const long BacklogBytesMax = 4 << 20;

    private readonly BareInbox _inbox = new();
    private BareSession[] _sessions = new BareSession[256];
    private byte[] _scratch = new byte[1024];
    private byte[] _frame = new byte[1024];
    private IReactor _reactor = null!;
    private ulong _messages;
    private uint _streams;
    private long _logins;
    private long _published;
    private long _pushed;
    private long _acked;
    private long _undeliverable;

    /// <summary>Read from other threads: of the past microseconds, and no consistent cut.</summary>
    public ServerCounts Counts => new(_logins, _published, _pushed, _acked, _undeliverable);

    public void OnStarted(IReactor reactor) => _reactor = reactor;

    public void OnAccepted(ConnectionId connection, in PeerAddress remote)
    {
        if (connection.Slot >= _sessions.Length)
        {
            Array.Resize(ref _sessions, Math.Max(connection.Slot + 1, 2 * _sessions.Length));
        }

        _sessions[connection.Slot] = new BareSession { Connection = connection };
    }

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        var span = bytes.IsSingleSegment ? bytes.FirstSpan : Linearize(in bytes);
        ref var session = ref _sessions[connection.Slot];
        if (session.Device == 0 && span[0] == 0)
        {
            session.IsPublisher = true;
        }

        var consumed = session.IsPublisher ? ReadPublisher(connection, span) : ReadDevice(connection, ref session, span);
        return bytes.GetPosition(consumed);
    }

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        ref var session = ref _sessions[connection.Slot];
        if (session.IsLive)
        {
            lock (devices.Gate)
            {
                devices.Leave(session.Device - 1, connection);
            }
        }

        session = default;
    }

    public int OnTurn(long nowMs)
    {
        if (all.Count > 1)
        {
            TakeInbox();
        }

        return -1;
    }

    private int ReadPublisher(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        var consumed = 0;
        RawPublishStatus status;
        lock (devices.Gate)
        {
            while ((status = RawPublish.TryRead(bytes[consumed..], out var publish)) == RawPublishStatus.Frame)
            {
                Publish(in publish, bytes.Slice(consumed + publish.PayloadStart, publish.PayloadLength));
                consumed += publish.Length;
            }
        }

        if (status == RawPublishStatus.Invalid)
        {
            _reactor.Close(connection, CloseReason.BadFrame);
        }

        return consumed;
    }

    private void Publish(in RawPublish publish, ReadOnlySpan<byte> body)
    {
        _published++;
        if (publish.IsToAll)
        {
            foreach (var reactor in all)
            {
                if (reactor == this)
                {
                    PushToAll(body, publish.Qos);
                }
                else
                {
                    reactor.Hand(new ConnectionId(BareInbox.All, 0), publish.Qos, body);
                }
            }

            return;
        }

        var place = devices.Find(publish.Device);
        if (place.Reactor == this)
        {
            Push(ref _sessions[place.Connection.Slot], body, publish.Qos);
        }
        else if (place.Reactor is { } other)
        {
            other.Hand(place.Connection, publish.Qos, body);
        }
        else
        {
            _undeliverable++;
        }
    }

    private void Hand(ConnectionId connection, int qos, ReadOnlySpan<byte> body)
    {
        _inbox.Post(connection, qos, body);
        _reactor.Wake();
    }

    private void TakeInbox()
    {
        for (var mail = _inbox.Take(); mail.Length > 0;)
        {
            var to = new ConnectionId(BinaryPrimitives.ReadInt32BigEndian(mail), BinaryPrimitives.ReadUInt32BigEndian(mail[4..]));
            var body = mail.Slice(BareInbox.HeadBytes, BinaryPrimitives.ReadInt32BigEndian(mail[9..]));
            if (to.Slot == BareInbox.All)
            {
                PushToAll(body, mail[8]);
            }
            else if (_sessions[to.Slot].Connection == to)
            {
                Push(ref _sessions[to.Slot], body, mail[8]);
            }
            else
            {
                _undeliverable++;
            }

            mail = mail[(BareInbox.HeadBytes + body.Length)..];
        }
    }

    // QoS 0 is encoded once, as the product does it.
    private void PushToAll(ReadOnlySpan<byte> body, int qos)
    {
        if (qos == 0)
        {
            SendToAll(body);
            return;
        }

        foreach (ref var session in _sessions.AsSpan())
        {
            if (session.IsLive)
            {
                Push(ref session, body, qos);
            }
        }
    }

    private void SendToAll(ReadOnlySpan<byte> body)
    {
        Grow(ref _frame, DeviceFrames.PushHeadBytes + body.Length);
        DeviceFrames.WritePushHead(_frame, body.Length, ++_messages, 0, 0);
        body.CopyTo(_frame.AsSpan(DeviceFrames.PushHeadBytes));
        var frame = _frame.AsSpan(0, DeviceFrames.PushHeadBytes + body.Length);
        foreach (ref var session in _sessions.AsSpan())
        {
            if (session.IsLive)
            {
                if (_reactor.TrySend(session.Connection, frame, BacklogBytesMax) == SendOutcome.Taken)
                {
                    _pushed++;
                }
                else
                {
                    _undeliverable++;
                }
            }
        }
    }

    private void Push(ref BareSession session, ReadOnlySpan<byte> body, int qos)
    {
        var output = _reactor.Output(session.Connection);
        var frame = output.GetSpan(DeviceFrames.PushHeadBytes + body.Length);
        DeviceFrames.WritePushHead(frame, body.Length, ++_messages, qos == 0 ? 0 : session.Stream, qos == 0 ? 0 : ++session.Seq);
        body.CopyTo(frame[DeviceFrames.PushHeadBytes..]);
        output.Advance(DeviceFrames.PushHeadBytes + body.Length);
        _pushed++;
    }

    private int ReadDevice(ConnectionId connection, ref BareSession session, ReadOnlySpan<byte> bytes)
    {
        int consumed = 0, length;
        while ((length = DeviceFrames.Measure(bytes[consumed..])) > 0)
        {
            OnFrame(connection, ref session, bytes.Slice(consumed, length));
            consumed += length;
        }

        if (length < 0)
        {
            _reactor.Close(connection, CloseReason.BadFrame);
        }

        return consumed;
    }

    private void OnFrame(ConnectionId connection, ref BareSession session, ReadOnlySpan<byte> frame)
    {
        switch (frame[3])
        {
            case DeviceFrames.Ack:
                _acked++;
                break;
            case DeviceFrames.Hello:
                OnHello(connection, ref session, DeviceFrames.DeviceOf(frame));
                break;
            case DeviceFrames.Proof when session.Device > 0:
                Join(connection, ref session);
                break;
            case DeviceFrames.Heartbeat:
                _reactor.Output(connection).Write(frame);
                break;
        }
    }

    private void OnHello(ConnectionId connection, ref BareSession session, ReadOnlySpan<byte> name)
    {
        lock (devices.Gate)
        {
            session.Device = devices.Register(name) + 1;
        }

        var output = _reactor.Output(connection);
        DeviceFrames.WriteChallenge(output.GetSpan(DeviceFrames.ChallengeBytes));
        output.Advance(DeviceFrames.ChallengeBytes);
    }

    private void Join(ConnectionId connection, ref BareSession session)
    {
        (session.IsLive, session.Stream) = (true, ++_streams);
        _logins++;
        var output = _reactor.Output(connection);
        DeviceFrames.WriteWelcome(output.GetSpan(DeviceFrames.WelcomeBytes), _streams);
        output.Advance(DeviceFrames.WelcomeBytes);
        lock (devices.Gate)
        {
            devices.Join(session.Device - 1, this, connection);
        }
    }

    private ReadOnlySpan<byte> Linearize(in ReadOnlySequence<byte> bytes)
    {
        var length = (int)bytes.Length;
        Grow(ref _scratch, length);
        bytes.CopyTo(_scratch);
        return _scratch.AsSpan(0, length);
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new byte[2 * length];
        }
    }
}
