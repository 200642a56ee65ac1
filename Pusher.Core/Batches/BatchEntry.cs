namespace Pusher.Core.Batches;

/// <summary>One publish of a batch, as it stands in its bytes.</summary>
public readonly ref struct BatchEntry
{
    /// <summary>The device's name, not checked.</summary>
    public required ReadOnlySpan<byte> Device { get; init; }

    /// <summary>The publisher's own id, not checked; <see cref="HasPublisherId"/> says whether there is one.</summary>
    public ReadOnlySpan<byte> PublisherId { get; init; }

    /// <summary>False = no dedupe.</summary>
    public bool HasPublisherId { get; init; }

    /// <summary>The message.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Time to live, milliseconds; 0 = for ever; null = the default of the node.</summary>
    public long? TtlMs { get; init; }

    /// <summary>0 to 255.</summary>
    public byte Priority { get; init; }

    /// <summary>1 = at least once, 0 = at most once.</summary>
    public int Qos { get; init; }
}
