using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>One message of the <see cref="ModelMessageStore"/>.</summary>
internal sealed class ModelMessage
{
    public required ulong MessageId { get; init; }

    public required DeviceKey Device { get; init; }

    public required string? PublisherId { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required byte Priority { get; init; }

    public required long AcceptedAtUnixMs { get; init; }

    public required long ExpiresAtUnixMs { get; init; }

    public uint Stream { get; set; }

    public ulong Seq { get; set; }

    public MessageState State { get; private set; }

    public long EndedAtUnixMs { get; private set; }

    public int Attempts { get; set; }

    public DeliveryResult? Result { get; private set; }

    public string? ResultText { get; private set; }

    public bool IsOverdue(long now) => State == MessageState.Pending && ExpiresAtUnixMs != 0 && ExpiresAtUnixMs <= now;

    /// <summary>The first end wins.</summary>
    public bool End(MessageState state, long now)
    {
        if (State != MessageState.Pending)
        {
            return false;
        }

        State = state;
        EndedAtUnixMs = now;
        return true;
    }

    /// <summary>The first result wins; it ends a pending message and turns an acknowledged one into a done one.</summary>
    public void Report(DeliveryResult result, string? text, long now)
    {
        if (Result is null && State is MessageState.Pending or MessageState.Acked)
        {
            (Result, ResultText, State, EndedAtUnixMs) = (result, text, MessageState.Done, now);
        }
    }

    public StoredMessage ToStored() => new()
    {
        MessageId = MessageId,
        Stream = Stream,
        Seq = Seq,
        Priority = Priority,
        ExpiresAtUnixMs = ExpiresAtUnixMs,
        Attempts = Attempts,
        Payload = Payload,
    };

    public MessageStatus ToStatus() => new()
    {
        MessageId = MessageId,
        Device = Device,
        PublisherId = PublisherId,
        Stream = Stream,
        Seq = Seq,
        State = State,
        AcceptedAtUnixMs = AcceptedAtUnixMs,
        ExpiresAtUnixMs = ExpiresAtUnixMs,
        EndedAtUnixMs = EndedAtUnixMs,
        Attempts = Attempts,
        Result = Result,
        ResultText = ResultText,
    };
}
