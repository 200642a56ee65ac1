using Pusher.Router.Dispatch;

namespace Pusher.Bench.Servers.Nodes;

/// <summary>A publish of a raw connection, whose publisher gets no answer. Used again, as those of an ingress.</summary>
internal sealed class NodePublish(PublishPool<NodePublish> pool, NodeCounts counts) : PooledPublishOperation
{
    protected internal override void Answer(in PublishReply reply)
    {
        if (reply.Status == PublishStatus.Ok)
        {
            counts.Accepted(reply.Reached ?? 1);
        }
        else
        {
            counts.Refused();
        }
    }

    protected internal override void OnFinished() => pool.Return(this);
}
