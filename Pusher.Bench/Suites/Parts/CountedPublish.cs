using Pusher.Router.Dispatch;

namespace Pusher.Bench.Suites.Parts;

/// <summary>A publish of an ingress in this process that counts its answer down.</summary>
internal sealed class CountedPublish(PublishPool<CountedPublish> pool, CountdownEvent answers) : PooledPublishOperation
{
    protected internal override void Answer(in PublishReply reply)
    {
        if (reply.Status != PublishStatus.Ok)
        {
            throw new InvalidOperationException($"A publish was answered {reply.Status}: {reply.Error}");
        }

        answers.Signal();
    }

    protected internal override void OnFinished() => pool.Return(this);
}
