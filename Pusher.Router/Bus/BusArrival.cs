using System.Buffers;

namespace Pusher.Router.Bus;

/// <summary>One message as it lies in the bus's own receive buffer. Valid during the call that hands it over, and not a moment longer.</summary>
public readonly ref struct BusArrival
{
    /// <summary>The full subject, by tokens divided by dots.</summary>
    public required string Subject { get; init; }

    /// <summary>Where the answer goes; null when none is wanted.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The header block, for a <see cref="HeaderReader"/>; empty when there is none.</summary>
    public ReadOnlySequence<byte> Headers { get; init; }

    /// <summary>The body.</summary>
    public ReadOnlySequence<byte> Payload { get; init; }
}
