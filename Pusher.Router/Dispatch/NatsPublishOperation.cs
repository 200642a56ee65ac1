namespace Pusher.Router.Dispatch;

/// <summary>A publish that came by the bus and is answered by it.</summary>
internal sealed class NatsPublishOperation(AnswerSender answers, string? replyTo) : PublishOperation
{
    protected internal override void Answer(in PublishReply reply)
    {
        if (replyTo is not null)
        {
            answers.Send(replyTo, in reply);
        }
    }
}
