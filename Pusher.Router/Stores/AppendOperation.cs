using Pusher.Core.Identity;

namespace Pusher.Router.Stores;

/// <summary>
/// One message on its way into the store: the request, then the answer. A class, so that one object carries a message
/// from ingress through the store's batch to the doorbell. It may be used for another message afterwards; each hand-over to a store has a
/// number, so that a store which answers twice is found out instead of answering the next message.
/// </summary>
/// <remarks>
/// Threading: filled by the ingress, owned by the store from <see cref="HandOver"/> to <see cref="Complete"/>, which the store calls
/// exactly once, after the commit, on a thread of its own, and after which it must not touch the object.
/// </remarks>
public abstract class AppendOperation
{
    private int _handOvers; // odd while the store has it

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

    /// <summary>The store takes it; returns the number of this hand-over, for <see cref="Complete"/>.</summary>
    /// <exception cref="InvalidOperationException">A store has it already: a defect of the caller.</exception>
    public int HandOver()
    {
        var before = Volatile.Read(ref _handOvers);
        if ((before & 1) != 0 || Interlocked.CompareExchange(ref _handOvers, before + 1, before) != before)
        {
            throw new InvalidOperationException("The append is under way already.");
        }

        Status = AppendStatus.None;
        return before + 1;
    }

    /// <summary>The store gives it back with the answer.</summary>
    /// <exception cref="InvalidOperationException">It was given back before: a defect of the store.</exception>
    public void Complete(int handOver, AppendStatus status)
    {
        if (Interlocked.CompareExchange(ref _handOvers, handOver + 1, handOver) != handOver)
        {
            throw new InvalidOperationException("An append was completed twice.");
        }

        Status = status;
        if (status is not (AppendStatus.Stored or AppendStatus.Duplicate))
        {
            Stream = 0;
            Seq = 0;
        }

        OnCompleted();
    }

    /// <summary>Called once for each hand-over, when <see cref="Status"/> is set. Must be quick and must not throw.</summary>
    protected abstract void OnCompleted();
}
