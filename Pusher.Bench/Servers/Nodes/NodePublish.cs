using Pusher.Router.Dispatch;

namespace Pusher.Bench.Servers.Nodes;

/// <summary>A publish of a raw connection, whose publisher gets no answer.</summary>
internal sealed class NodePublish(NodeCounts counts) : PublishOperation
{
    protected internal override void Answer(in PublishReply reply)
    {
        if (reply.Status == PublishStatus.Ok)
        {
            counts.Accepted(1);
        }
        else
        {
            counts.Refused();
        }
    }
}
