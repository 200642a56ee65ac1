using Pusher.Router.Dispatch;

namespace Pusher.Tests.Server.Sessions;

/// <summary>A publish that is used again for each message, and only counts its answers.</summary>
internal sealed class ReusedPublish : PublishOperation
{
    public int Answers { get; private set; }

    protected internal override void Answer(in PublishReply reply) => Answers += reply.Status == PublishStatus.Ok ? 1 : 0;
}
