using Pusher.Core.Identity;

namespace Pusher.Router.Stores;

/// <summary>
/// One message on its way into the store: the request, then the answer. A class, so that one object carries a message
/// from ingress through the store's batch to the doorbell.
/// </summary>
/// <remarks>
/// Threading: filled by the ingress, then owned by the store until <see cref="OnCompleted"/>, which the store calls
/// exactly once, after the commit, on a thread of its own. <see cref="OnCompleted"/> must be quick and must not throw.
/// </remarks>
public abstract class AppendOperation
{
    public DeviceKey Device { get; set; }

    /// <summary>The dedupe key; null = no dedupe.</summary>
    public string? PublisherId { get; set; }

    /// <summary>Drawn by the caller; used when the message is new, replaced by the first one's id when it is a duplicate.</summary>
    public ulong MessageId { get; set; }

    public ReadOnlyMemory<byte> Payload { get; set; }

    public byte Priority { get; set; }

    public long AcceptedAtUnixMs { get; set; }

    /// <summary>0 = never.</summary>
    public long ExpiresAtUnixMs { get; set; }

    /// <summary>The answer.</summary>
    public AppendStatus Status { get; set; }

    /// <summary>Set with <see cref="AppendStatus.Stored"/> and <see cref="AppendStatus.Duplicate"/>.</summary>
    public uint Stream { get; set; }

    /// <summary>Set with <see cref="AppendStatus.Stored"/> and <see cref="AppendStatus.Duplicate"/>.</summary>
    public ulong Seq { get; set; }

    /// <summary>Messages of the device that are not acknowledged, this one included; -1 when not known.</summary>
    public int QueueDepth { get; set; } = -1;

    /// <summary>Called once, when <see cref="Status"/> is set.</summary>
    public abstract void OnCompleted();
}
