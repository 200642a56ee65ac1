using System.Buffers;
using Pusher.Client.Devices;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

/// <summary>One client session and a server made of single frames; time moves by hand.</summary>
internal sealed class SessionBench : IClientSessionSink
{
    public static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    public static readonly byte[] ServerNonce = [.. Enumerable.Repeat((byte)0x5A, 32)];

    private ArrayBufferWriter<byte> _written = new();
    private byte[] _unread = [];

    public SessionBench(ClientSessionOptions? options = null, IDedupeRing? ring = null, double? fraction = 0.5)
    {
        Options = options ?? Defaults;
        Session = new ClientSession(Options, ring ?? new DedupeRing(), new SeededEntropy(1, fraction), this);
    }

    public static ClientSessionOptions Defaults => new()
    {
        Servers = ["a:1", "b:2"],
        Tenant = "acme",
        Device = "printer-1",
        Key = Key,
    };

    public ClientSessionOptions Options { get; }

    public ClientSession Session { get; }

    public FrameFlags Flags => Options.Checksum ? FrameFlags.Checksum : FrameFlags.None;

    public long NowMs { get; set; } = 1_000;

    /// <summary>Answers within the hand-over when set.</summary>
    public Func<DeviceMessage, HandlingResult>? Handler { get; set; }

    public List<DeviceMessage> HandedOver { get; } = [];

    public List<string> Connects { get; } = [];

    public List<ClientStateChange> Changes { get; } = [];

    public List<StreamReset> Resets { get; } = [];

    public List<(ulong EventId, EventStatus Status)> EventAnswers { get; } = [];

    public int Closes { get; private set; }

    public ClientStateChange Last => Changes[^1];

    void IClientSessionSink.Connect(string address) => Connects.Add(address);

    void IClientSessionSink.Close() => Closes++;

    void IClientSessionSink.HandOver(DeviceMessage message)
    {
        HandedOver.Add(message);
        if (Handler is { } handler)
        {
            Session.OnHandled(message, handler(message));
        }
    }

    void IClientSessionSink.EventAnswered(ulong eventId, EventStatus status) => EventAnswers.Add((eventId, status));

    void IClientSessionSink.StreamReset(StreamReset reset) => Resets.Add(reset);

    void IClientSessionSink.StateChanged(ClientStateChange change) => Changes.Add(change);

    /// <summary>Connects and logs in; what was sent until then is forgotten.</summary>
    public SessionBench Online(params StreamPosition[] streams)
    {
        if (Session.State is ClientSessionState.Waiting)
        {
            NowMs = Session.NextDueMs;
            Session.OnTimer(NowMs);
        }
        else
        {
            Session.Start(NowMs);
        }

        Session.OnConnected(Connection(), NowMs);
        Receive(Challenge());
        TakeSent();
        Receive(Welcome(streams));
        Assert.Equal(ClientSessionState.Online, Session.State);
        return this;
    }

    /// <summary>A fresh connection's output.</summary>
    public IBufferWriter<byte> Connection()
    {
        _unread = [];
        return _written = new ArrayBufferWriter<byte>();
    }

    /// <summary>Cuts the connection.</summary>
    public void Cut()
    {
        Session.OnDisconnected(NowMs);
        _written = new ArrayBufferWriter<byte>();
    }

    /// <summary>Passes bytes in, behind those that the session has not taken yet.</summary>
    public void Receive(params byte[][] frames)
    {
        var sequence = new ReadOnlySequence<byte>([.. _unread, .. frames.SelectMany(f => f)]);
        Session.OnBytes(ref sequence, NowMs);
        _unread = sequence.ToArray();
    }

    /// <summary>The application is done with a message.</summary>
    public void Handle(DeviceMessage message, DeliveryResult result = DeliveryResult.Printed)
    {
        Session.OnHandled(message, new HandlingResult(result));
        Session.Flush();
    }

    /// <summary>What the session wrote since the last time.</summary>
    public List<SentFrame> TakeSent()
    {
        var frames = new List<SentFrame>();
        var bytes = new ReadOnlySequence<byte>(_written.WrittenMemory.ToArray());
        _written.ResetWrittenCount();
        while (FrameReader.TryRead(ref bytes, int.MaxValue, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            frames.Add(new SentFrame(header.Type, header.Flags, payload.ToArray()));
        }

        Assert.True(bytes.IsEmpty, "the session wrote something that is no frame");
        return frames;
    }

    /// <summary>The same as text.</summary>
    public string Sent() => string.Join(", ", TakeSent());

    public byte[] Challenge() => Frame(w => FrameWriter.WriteChallenge(w, Flags, ServerNonce));

    public byte[] Welcome(params StreamPosition[] streams) => Frame(w => FrameWriter.WriteWelcome(
        w,
        Flags,
        new WelcomeValues { Epoch = 9, HeartbeatMs = 10_000, PayloadBytesMax = 65_536, Window = 16, Resumed = true },
        "node-1",
        streams));

    public byte[] Push(ulong messageId, uint stream, ulong seq, PushFlags flags = PushFlags.None, byte[]? body = null) => Frame(w => FrameWriter.WritePush(
        w,
        Flags,
        new PushHead { MessageId = messageId, Stream = stream, Seq = seq, Flags = flags },
        body ?? [.. BitConverter.GetBytes(messageId)]));

    public byte[] Skipped(uint stream, ulong first, ulong last) => Frame(w => FrameWriter.WriteSkipped(w, Flags, stream, first, last, SkipReason.Expired));

    public byte[] Reset(uint old, uint fresh, uint lost = 3) => Frame(w => FrameWriter.WriteReset(w, Flags, old, fresh, lost));

    public byte[] Heartbeat() => Frame(w => FrameWriter.WriteHeartbeat(w, Flags));

    public byte[] GoAway(CloseReason reason, uint retryAfterMs = 0, params string[] elsewhere)
        => Frame(w => FrameWriter.WriteGoAway(w, Flags, reason, retryAfterMs, elsewhere, "because"));

    public byte[] Refused(CloseReason reason, uint retryAfterMs = 0)
        => Frame(w => FrameWriter.WriteRefused(w, Flags, reason, retryAfterMs, [], "because"));

    public static byte[] Frame(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
