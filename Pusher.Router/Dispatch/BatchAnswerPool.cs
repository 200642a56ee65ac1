namespace Pusher.Router.Dispatch;

/// <summary>The answers to batches that wait to be used again.</summary>
/// <remarks>Threading: any thread, under a short lock.</remarks>
internal sealed class BatchAnswerPool(AnswerSender answers)
{
    /// <summary>Places for results in all that are kept: some 1 MB.</summary>
    private const int KeptResultsMax = 16_384;

    private readonly Lock _gate = new();
    private readonly Stack<BatchAnswer> _free = new();
    private int _kept;

    /// <summary>An empty answer; comes back when it is disposed of.</summary>
    public BatchAnswer Rent()
    {
        BatchAnswer? answer;
        lock (_gate)
        {
            if (_free.TryPop(out answer))
            {
                _kept -= answer.Weight;
            }
        }

        answer ??= new BatchAnswer(this, answers);
        answer.Move(isOut: true);
        return answer;
    }

    /// <exception cref="InvalidOperationException">It was returned before.</exception>
    public void Return(BatchAnswer answer)
    {
        answer.Move(isOut: false);
        lock (_gate)
        {
            if (_kept + answer.Weight <= KeptResultsMax)
            {
                _kept += answer.Weight;
                _free.Push(answer);
            }
        }
    }
}
