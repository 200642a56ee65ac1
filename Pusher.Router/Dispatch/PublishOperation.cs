using Pusher.Router.Stores;

namespace Pusher.Router.Dispatch;

/// <summary>
/// One publish from its ingress to the doorbell. The ingress fills the request, hands it to <see cref="Dispatcher.Publish"/>, and gets exactly
/// one <see cref="Answer"/>.
/// </summary>
/// <remarks>
/// Threading: owned by the ingress, then by the dispatcher, then by the store. <see cref="Answer"/> is called on the thread of whoever decides:
/// the ingress's for a refusal, the store's otherwise.
/// </remarks>
public abstract class PublishOperation : AppendOperation
{
    private Dispatcher? _dispatcher;

    /// <summary>Time to live, milliseconds; 0 = for ever; null = the default of the node.</summary>
    public long? TtlMs { get; set; }

    /// <summary>Whom it is for.</summary>
    public PublishTarget Target { get; set; }

    /// <summary>1 = at least once. 0 = at most once, to whom is online, not stored.</summary>
    public int Qos { get; set; } = 1;

    /// <summary>What the ingress could not understand of the request; null when all is well. The dispatcher answers it with <see cref="PublishStatus.BadRequest"/>.</summary>
    public string? Problem { get; set; }

    /// <summary>The headers it has brought, so that one that comes again with another value is found.</summary>
    internal PublishHeader Headers { get; set; }

    /// <summary>For the histogram of append latency; <see cref="TimeProvider.GetTimestamp"/> of the hand-over to the store.</summary>
    internal long AppendStartedAt { get; set; }

    /// <inheritdoc/>
    protected sealed override void OnCompleted() => _dispatcher!.Complete(this);

    /// <summary>Tells the publisher. Must be quick and must not throw. What a <see cref="PublishReply"/> needs is in <paramref name="reply"/>.</summary>
    protected internal abstract void Answer(in PublishReply reply);

    /// <summary>
    /// The publish is over: answered, rung, and touched by nobody any more. An ingress that uses its operations again takes this one back here. Must not
    /// throw.
    /// </summary>
    protected internal virtual void OnFinished()
    {
        // One that is used once is left to the collector.
    }

    /// <summary>Forgets the publish, for the next one.</summary>
    protected void Reset()
    {
        Device = default;
        PublisherId = null;
        MessageId = 0;
        Payload = default;
        Priority = 0;
        AcceptedAtUnixMs = 0;
        ExpiresAtUnixMs = 0;
        Stream = 0;
        Seq = 0;
        QueueDepth = -1;
        TtlMs = null;
        Qos = 1;
        Target = PublishTarget.Device;
        Problem = null;
        Headers = PublishHeader.None;
        AppendStartedAt = 0;
    }

    internal void GoThrough(Dispatcher dispatcher) => _dispatcher = dispatcher;
}
