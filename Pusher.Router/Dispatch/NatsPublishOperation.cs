namespace Pusher.Router.Dispatch;

/// <summary>A publish that came by the bus and is answered by it.</summary>
internal sealed class NatsPublishOperation(PublishPool<NatsPublishOperation> pool, AnswerSender answers) : PooledPublishOperation
{
    /// <summary>Where the answer goes; null = nowhere.</summary>
    public string? ReplyTo { get; set; }

    protected internal override void Answer(in PublishReply reply)
    {
        if (ReplyTo is not null)
        {
            answers.Send(ReplyTo, in reply);
        }
    }

    protected internal override void OnFinished()
    {
        ReplyTo = null;
        pool.Return(this);
    }
}
