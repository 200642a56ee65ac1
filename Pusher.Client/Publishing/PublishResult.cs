namespace Pusher.Client.Publishing;

/// <summary>What became of a publish.</summary>
public sealed record PublishResult
{
    public required PublishStatus Status { get; init; }

    /// <summary>The id it was published under, given or generated; empty with QoS 0. Publish again with it when the status is unknown.</summary>
    public required string PublisherId { get; init; }

    /// <summary>The server's id; 0 unless accepted.</summary>
    public ulong MessageId { get; init; }

    /// <summary>The stream; 0 unless accepted.</summary>
    public uint Stream { get; init; }

    /// <summary>The place in the stream; 0 unless accepted.</summary>
    public ulong Seq { get; init; }

    /// <summary>Messages of the device that are not acknowledged; -1 when not known.</summary>
    public int QueueDepth { get; init; } = -1;

    /// <summary>QoS 0: devices that it was handed to; -1 with QoS 1 or when it was not accepted.</summary>
    public int Reached { get; init; } = -1;

    /// <summary>The device was connected when the server answered.</summary>
    public bool Online { get; init; }

    /// <summary>Publishing again (with the same id) may help.</summary>
    public bool Retry { get; init; }

    /// <summary>A sentence for a person; null when accepted.</summary>
    public string? Error { get; init; }

    /// <summary>Requests that were sent for it.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>Stored before under the same id, perhaps by an earlier attempt of this very call.</summary>
    public bool Duplicate => Status == PublishStatus.Duplicate;

    /// <summary>It is stored and will be delivered, expire, or be reported; with QoS 0: handed to <see cref="Reached"/> devices.</summary>
    public bool Accepted => Status is PublishStatus.Ok or PublishStatus.Duplicate;

    /// <summary>It is certain that nothing was stored.</summary>
    public bool NothingStored => !Accepted && Status != PublishStatus.Unknown;
}
