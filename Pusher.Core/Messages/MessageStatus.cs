using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Core.Messages;

/// <summary>What became of one message: the answer to "where is my order?".</summary>
public sealed record MessageStatus
{
    public required ulong MessageId { get; init; }

    public required DeviceKey Device { get; init; }

    /// <summary>The publisher's own id; null when it gave none.</summary>
    public string? PublisherId { get; init; }

    public required uint Stream { get; init; }

    public required ulong Seq { get; init; }

    public required MessageState State { get; init; }

    public required long AcceptedAtUnixMs { get; init; }

    /// <summary>0 = never.</summary>
    public long ExpiresAtUnixMs { get; init; }

    /// <summary>When it reached its end state; 0 while it is pending.</summary>
    public long EndedAtUnixMs { get; init; }

    public int Attempts { get; init; }

    /// <summary>What the device reported; null when it reported nothing.</summary>
    public DeliveryResult? Result { get; init; }

    /// <summary>The device's short text to the result.</summary>
    public string? ResultText { get; init; }
}
