namespace Pusher.Core.Batches;

/// <summary>What became of one entry, as it stands in the answer.</summary>
public readonly ref struct BatchResult
{
    /// <summary>By number, from 0: ok, duplicate, queue_full, too_large, unknown_device, unauthorized, store_unavailable, bad_request, unknown.</summary>
    public required byte Status { get; init; }

    /// <summary>0 when nothing was stored or handed over.</summary>
    public ulong MessageId { get; init; }

    /// <summary>0 when nothing was stored.</summary>
    public uint Stream { get; init; }

    /// <summary>0 when nothing was stored.</summary>
    public ulong Seq { get; init; }

    /// <summary>It was stored before under the same publisher id.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>The same again may succeed later.</summary>
    public bool MayRetry { get; init; }

    /// <summary>Messages of the device that are not acknowledged; -1 when not known.</summary>
    public required int QueueDepth { get; init; }

    /// <summary>Null when it was not looked up.</summary>
    public bool? Online { get; init; }

    /// <summary>QoS 0: devices that it was handed to; null with QoS 1.</summary>
    public int? Reached { get; init; }

    /// <summary>A sentence for a person, UTF-8; empty when there is none.</summary>
    public ReadOnlySpan<byte> Error { get; init; }
}
