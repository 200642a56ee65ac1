using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;

namespace Pusher.Tests.Core.Protocol;

/// <summary>The host of one session: keeps what it writes and why it closed, and answers nothing by itself.</summary>
internal sealed class RecordingHost : ISessionActions
{
    public ArrayBufferWriter<byte> Written { get; } = new();

    public CloseReason Closed { get; private set; }

    public int CloseCount { get; private set; }

    public IBufferWriter<byte> Output => Written;

    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        Output.Write(frame);
        return true;
    }

    public void FillNonce(Span<byte> nonce) => Convert.FromHexString(ProtocolVectors.Logins[0].ServerNonce).CopyTo(nonce);

    public void Close(CloseReason reason)
    {
        Closed = reason;
        CloseCount++;
    }

    public void LookUpCredential(DeviceKey device)
    {
    }

    public void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
    }

    public void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
    }

    public void Acknowledge(uint stream, ulong seq)
    {
    }

    public void RecordDone(ulong messageId, DeliveryResult result, string? text)
    {
    }

    public void RecordAttempts(uint stream, ulong seq, int attempts)
    {
    }

    public void GiveUp(uint stream, ulong seq)
    {
    }

    public void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload)
    {
    }

    public void OnPushed(bool redelivery)
    {
    }
}
