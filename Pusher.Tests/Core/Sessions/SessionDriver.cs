using System.Buffers;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Tests.Support;

namespace Pusher.Tests.Core.Sessions;

/// <summary>Drives one <see cref="DeviceSession"/> by bytes and events, and writes down what comes out, one short line each.</summary>
internal sealed class SessionDriver : ISessionActions
{
    public const uint Stream = 7;

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<string> _calls = [];

    public SessionDriver(SessionOptions? options = null, FrameFlags flags = FrameFlags.None)
    {
        Flags = flags;
        Options = options ?? new SessionOptions();
        Session = new DeviceSession(Options, Time);
    }

    public static byte[] Key { get; } = [.. Enumerable.Range(1, ProtocolLimits.KeyBytes).Select(i => (byte)i)];

    public static byte[] ClientNonce { get; } = new byte[ProtocolLimits.ClientNonceBytes];

    public SessionOptions Options { get; }

    public DeviceSession Session { get; }

    public FrameFlags Flags { get; }

    public long NowMs { get; set; } = 1_000;

    public SessionTime Time => new(NowMs, 1_750_000_000_000 + NowMs);

    public IBufferWriter<byte> Output => _output;

    private byte[] ServerNonce { get; set; } = [];

    /// <summary>What the session asked for or wrote since the last call: actions as <c>name args</c>, frames as <c>TYPE fields</c>, in this order.</summary>
    public string[] Take()
    {
        string[] all = [.. _calls, .. Frames()];
        _calls.Clear();
        _output.ResetWrittenCount();
        return all;
    }

    public void Receive(Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        Receive(bytes.WrittenSpan.ToArray());
    }

    public void Receive(byte[] bytes) => Session.OnReceived(new ReadOnlySequence<byte>(bytes), Time, this);

    public void Ack(ulong seq, uint stream = Stream) => Receive(o => FrameWriter.WriteAck(o, Flags, stream, seq));

    public void Hello(ushort window = 0, uint heartbeatMs = 0, params StreamPosition[] seen)
        => Receive(o => FrameWriter.WriteHello(o, Flags, window, heartbeatMs, ClientNonce, "tenant", "printer", "", "test", [], seen));

    public void Hello(LoginOrder order)
        => Receive(o => FrameWriter.WriteHello(o, Flags, 0, 0, ClientNonce, "tenant", "printer", "", "test", [], [], order));

    public void Credential(bool known = true)
    {
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(Key, stored);
        Session.OnCredential(stored, known, this);
        ServerNonce = _output.WrittenSpan.Slice(FrameHeader.Size, ProtocolLimits.ServerNonceBytes).ToArray();
    }

    public void Prove(byte[]? key = null)
    {
        var proof = new byte[ProtocolLimits.KeyBytes];
        LoginProof.Compute(key ?? Key, "tenant", "printer", ClientNonce, ServerNonce, proof);
        Receive(o => FrameWriter.WriteProof(o, Flags, proof));
    }

    public void Opened(DeviceOpened opened, ulong epoch = 5) => Session.OnOpened(epoch, opened, Time, this);

    /// <summary>The whole login, with one stream; what was written on the way is dropped.</summary>
    public SessionDriver Live(ulong acked = 0, ulong last = 0, ushort window = 0)
    {
        Until(SessionPhase.Opening, window);
        Opened(new DeviceOpened([new StreamState(Stream, acked, last)], []));
        return this;
    }

    /// <summary>As far as a phase; <see cref="SessionPhase.Checking"/> needs <see cref="AsksAgain"/>.</summary>
    public SessionDriver Until(SessionPhase phase, ushort window = 0)
    {
        if (phase >= SessionPhase.Identifying)
        {
            Hello(window);
        }

        if (phase >= SessionPhase.Proving)
        {
            Credential();
        }

        if (phase == SessionPhase.Checking)
        {
            Prove(new byte[ProtocolLimits.KeyBytes]);
        }

        if (phase >= SessionPhase.Opening)
        {
            Prove();
        }

        if (phase >= SessionPhase.Live)
        {
            Opened(new DeviceOpened([new StreamState(Stream, 0, 0)], []));
        }

        Take();
        return this;
    }

    public void Stored(ulong seq, int bytes = 1) => Session.OnStored(Message(seq, bytes), Time, this);

    /// <summary>Answers a read with these messages and nothing else behind <paramref name="after"/>.</summary>
    public void Page(ulong after, ulong last, params ulong[] seqs)
        => Page(new MessagePage(Stream, after, seqs.Length == 0 ? after : seqs[^1], last, [.. seqs.Select(s => Message(s))], []));

    public void Page(MessagePage page) => Session.OnPage(page, Time, this);

    public void Timer() => Session.OnTimer(Time, this);

    /// <summary>Lets the time pass to the next deadline.</summary>
    public void TimerWhenDue()
    {
        NowMs = Session.NextDueMs;
        Timer();
    }

    public static StoredMessage Message(ulong seq, int bytes = 1, int attempts = 0, uint stream = Stream) => new()
    {
        MessageId = 100 + seq,
        Stream = stream,
        Seq = seq,
        Attempts = attempts,
        Payload = new byte[bytes],
    };

    /// <summary>What <see cref="TrySend"/> answers.</summary>
    public bool TakesFrames { get; set; } = true;

    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        if (TakesFrames)
        {
            _output.Write(frame);
        }

        return TakesFrames;
    }

    public void FillNonce(Span<byte> nonce) => nonce.Fill(9);

    public void LookUpCredential(DeviceKey device) => _calls.Add($"lookup {device}");

    /// <summary>What is said to a proof that does not fit: somebody can be asked.</summary>
    public bool AsksAgain { get; init; }

    public bool LookUpCredentialAgain(DeviceKey device)
    {
        _calls.Add($"ask {device}");
        return AsksAgain;
    }

    /// <summary>The answer to that.</summary>
    public void CredentialAgain(bool known = true, bool isCurrent = true)
    {
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(Key, stored);
        Session.OnCredentialAgain(stored, known, isCurrent, this);
    }

    public void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
        => _calls.Add($"open {device} [{string.Join(' ', seen.ToArray().Select(p => $"{p.Stream}:{p.Seq}"))}]{(order == default ? "" : $" {order.Instance}#{order.Attempt}")}");

    public void Reopen(ReadOnlyMemory<StreamPosition> acknowledged)
        => _calls.Add($"reopen [{string.Join(' ', acknowledged.ToArray().Select(p => $"{p.Stream}:{p.Seq}"))}]");

    public void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax) => _calls.Add($"read {stream}:{afterSeq} {messagesMax} {bytesMax}");

    public void Acknowledge(uint stream, ulong seq) => _calls.Add($"acked {stream}:{seq}");

    public void RecordDone(ulong messageId, DeliveryResult result, string? text) => _calls.Add($"done {messageId} {result} {text}");

    public void RecordAttempts(uint stream, ulong seq, int attempts) => _calls.Add($"attempts {stream}:{seq} {attempts}");

    public void GiveUp(uint stream, ulong seq) => _calls.Add($"giveup {stream}:{seq}");

    public void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload) => _calls.Add($"event {eventId} {name} {payload.Length}");

    public void Close(CloseReason reason) => _calls.Add($"close {reason}");

    public void OnPushed(bool redelivery)
    {
        // For meters; the frame's flag says the same.
    }

    private List<string> Frames()
    {
        var frames = new List<string>();
        var rest = new ReadOnlySequence<byte>(_output.WrittenMemory);
        while (!rest.IsEmpty)
        {
            if (FrameReader.TryRead(ref rest, int.MaxValue, out var header, out var payload, out var error) != FrameReadStatus.Frame)
            {
                throw new InvalidOperationException($"The session wrote no frame: {error}.");
            }

            frames.Add(Describe(header, payload));
        }

        return frames;
    }

    private static string Describe(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        var mark = (header.Flags & FrameFlags.Checksum) != 0 ? "+" : "";
        var bytes = payload.ToArray();
        return mark + header.Type switch
        {
            FrameType.Push when PushHead.TryRead(payload, out var head, out var body)
                => $"PUSH {head.MessageId} {head.Stream}:{head.Seq} {head.Flags} {body.Length}",
            FrameType.Skipped when SkippedFrame.TryRead(bytes, out var skipped)
                => $"SKIPPED {skipped.Stream}:{skipped.FirstSeq}-{skipped.LastSeq} {skipped.Reason}",
            FrameType.Welcome when WelcomeFrame.TryRead(bytes, out var welcome) => Describe(welcome),
            FrameType.Refused or FrameType.GoAway when FarewellFrame.TryRead(bytes, out var farewell)
                => $"{header.Type.ToString().ToUpperInvariant()} {farewell.Reason} {farewell.RetryAfterMs} {farewell.ElsewhereCount} '{Encoding.UTF8.GetString(farewell.Text)}'",
            FrameType.Reset when ResetFrame.TryRead(bytes, out var reset) => $"RESET {reset.OldStream}>{reset.NewStream} {reset.Lost}",
            FrameType.EventAck when EventAckFrame.TryRead(bytes, out var ack) => $"EVENT_ACK {ack.EventId} {ack.Status}",
            _ => header.Type.ToString().ToUpperInvariant(),
        };
    }

    private static string Describe(in WelcomeFrame welcome)
    {
        var streams = new List<string>();
        for (var i = 0; i < welcome.StreamCount; i++)
        {
            streams.Add($"{welcome.GetStream(i).Stream}:{welcome.GetStream(i).Seq}");
        }

        return $"WELCOME epoch={welcome.Epoch} heartbeat={welcome.HeartbeatMs} window={welcome.Window} resumed={welcome.Resumed} lost={welcome.Lost} [{string.Join(' ', streams)}]";
    }
}
