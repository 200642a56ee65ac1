using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;

namespace Pusher.Bench.Suites.Parts;

/// <summary>A host that does nothing and allocates nothing: what is measured is the session's own.</summary>
internal sealed class SilentActions : ISessionActions
{
    private readonly FixedOutput _output = new(4096);

    public IBufferWriter<byte> Output => _output;

    public ReadOnlySpan<byte> Written => _output.Memory.Span;

    public int Pages { get; private set; }

    public ulong Acked { get; private set; }

    public void Acknowledge(uint stream, ulong seq) => Acked = seq;

    public void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax) => Pages++;

    public bool TrySend(ReadOnlySpan<byte> frame) => throw Unwanted();

    public void FillNonce(Span<byte> nonce) => nonce.Clear();

    public void LookUpCredential(DeviceKey device)
    {
        // The benchmark answers.
    }

    public void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
        // The benchmark answers.
    }

    public void OnPushed(bool redelivery)
    {
        // For meters.
    }

    public void RecordDone(ulong messageId, DeliveryResult result, string? text) => throw Unwanted();

    public void RecordAttempts(uint stream, ulong seq, int attempts) => throw Unwanted();

    public void GiveUp(uint stream, ulong seq) => throw Unwanted();

    public void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload) => throw Unwanted();

    public void Close(CloseReason reason) => throw new InvalidOperationException($"The session closed: {reason}.");

    private static InvalidOperationException Unwanted() => new("Not in steady state.");
}
