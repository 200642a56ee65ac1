using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Tests.Support;

namespace Pusher.Tests.Core.Sessions;

/// <summary>A host that allocates nothing itself: what is left is the session's.</summary>
internal sealed class SilentActions : ISessionActions
{
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly byte[] _ack = new byte[FrameHeader.Size + 12];
    private readonly StoredMessage[] _messages = [.. Enumerable.Range(0, 2_001).Select(i => SessionDriver.Message((ulong)i))];
    private readonly FixedOutput _ackOutput;

    public SilentActions() => _ackOutput = new FixedOutput(_ack);

    public IBufferWriter<byte> Output => _output;

    public ulong Acked { get; private set; }

    public DeviceSession Login()
    {
        var login = new SessionDriver().Until(SessionPhase.Opening);
        login.Session.OnOpened(5, new DeviceOpened([new StreamState(SessionDriver.Stream, 0, 0)], []), login.Time, this);
        return login.Session;
    }

    public void Deliver(DeviceSession session, int from, int through)
    {
        for (var i = from; i <= through; i++)
        {
            var time = new SessionTime(1_000 + i, 0);
            session.OnStored(_messages[i], time, this);
            _output.ResetWrittenCount();
            FrameWriter.WriteAck(_ackOutput, FrameFlags.None, SessionDriver.Stream, (ulong)i);
            session.OnReceived(new ReadOnlySequence<byte>(_ack), time, this);
            session.OnTimer(time, this);
        }
    }

    public void Acknowledge(uint stream, ulong seq) => Acked = seq;

    public void OnPushed(bool redelivery)
    {
        // Counted nowhere here.
    }

    public bool TrySend(ReadOnlySpan<byte> frame) => throw Unwanted();

    public void FillNonce(Span<byte> nonce) => throw Unwanted();

    public void LookUpCredential(DeviceKey device) => throw Unwanted();

    public void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order) => throw Unwanted();

    public void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax) => throw Unwanted();

    public void RecordDone(ulong messageId, DeliveryResult result, string? text) => throw Unwanted();

    public void RecordAttempts(uint stream, ulong seq, int attempts) => throw Unwanted();

    public void GiveUp(uint stream, ulong seq) => throw Unwanted();

    public void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload) => throw Unwanted();

    public void Close(CloseReason reason) => throw Unwanted();

    private static InvalidOperationException Unwanted() => new("not in steady state");

    private sealed class FixedOutput(byte[] buffer) : IBufferWriter<byte>
    {
        public void Advance(int count)
        {
            // Always the same place.
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => buffer;
    }
}
