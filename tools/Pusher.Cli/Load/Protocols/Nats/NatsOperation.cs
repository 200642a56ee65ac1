using System.Buffers;

namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>One operation of a NATS server, valid until the next read.</summary>
internal readonly ref struct NatsOperation
{
    public NatsOperationKind Kind { get; init; }

    /// <summary>The subject of a message; of INFO and -ERR what follows them.</summary>
    public ReadOnlySpan<byte> Text { get; init; }

    /// <summary>The headers of a message; empty = none.</summary>
    public ReadOnlySequence<byte> Headers { get; init; }

    public ReadOnlySequence<byte> Payload { get; init; }
}
