namespace Pusher.Router.Dispatch;

/// <summary>One publish of a batch; its reply is a part of the batch's answer.</summary>
internal sealed class BatchEntryOperation(PublishPool<BatchEntryOperation> pool) : PooledPublishOperation
{
    private BatchAnswer? _answer;
    private int _index;

    /// <summary>Where its reply goes; <paramref name="answer"/> null = nowhere.</summary>
    public void AnswerTo(BatchAnswer? answer, int index) => (_answer, _index) = (answer, index);

    protected internal override void Answer(in PublishReply reply) => _answer?.Set(_index, in reply);

    protected internal override void OnFinished()
    {
        _answer = null;
        pool.Return(this);
    }
}
