namespace Pusher.Client.Devices;

/// <summary>Options of a <see cref="DeviceClient"/>: those of the session, and those of the process around it.</summary>
public sealed record DeviceClientOptions : ClientSessionOptions
{
    /// <summary>
    /// Where the ring of message ids is kept (<see cref="FileDedupeRing"/>); null = in memory, so that a message that was handled
    /// but not acknowledged when the process ended is handed over again.
    /// </summary>
    public string? RingFile { get; init; }

    /// <summary>How hard the ring file writes. Disk costs about one fsync per message.</summary>
    public RingFlush RingFlush { get; init; } = RingFlush.Disk;

    /// <summary>
    /// How often the handler is called for a message when it throws, 1 or more. After the last the message is reported as
    /// <see cref="Core.Protocol.DeliveryResult.HandlerFailed"/> with the exception's message as text, and acknowledged: one bad
    /// message must not block the printer for ever.
    /// </summary>
    public int HandlerAttempts { get; init; } = 1;

    /// <summary>Pause between two attempts, milliseconds.</summary>
    public int HandlerRetryMs { get; init; } = 1_000;

    /// <summary>How long a stop waits for the handler before its token is cancelled, and how long after that; milliseconds.</summary>
    public int StopTimeoutMs { get; init; } = 5_000;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(RingFile is null or { Length: > 0 }, nameof(RingFile), "null or a path");
        Require(HandlerAttempts >= 1, nameof(HandlerAttempts), "1 or more");
        Require(HandlerRetryMs >= 0, nameof(HandlerRetryMs), "0 or above");
        Require(StopTimeoutMs >= 0, nameof(StopTimeoutMs), "0 or above");
    }
}
