using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Sends the answers of publishes, one behind the other. A commit of the store brings hundreds at once; handed to the NATS client together, all
/// but the first would each wait for its lock with a task and a timer while the first one's flush is under way. Here they wait as values,
/// and are written when it is their turn.
/// </summary>
/// <remarks>
/// Threading: sends are asked for from any thread; it sends by itself while nobody does, so that a lone answer changes no thread, but never what others
/// have brought meanwhile: the store's thread would be theirs for as long as they bring more. What waits is
/// bounded: an answer over the bound is dropped like one that the bus lost: its publisher settles that by asking again under its id.
/// </remarks>
internal sealed class AnswerSender(IClusterBus bus, ILogger log) : IThreadPoolWorkItem
{
    /// <summary>Results, those of a batch each for itself: some 6 MB. As many only wait when the bus takes nothing any more.</summary>
    private const int WaitingMax = 65_536;

    private readonly Lock _gate = new();
    private readonly Queue<WaitingAnswer> _waiting = new();
    private TaskCompletionSource? _idle;
    private int _waitingResults;
    private bool _isSending;

    /// <summary>Sends an answer, now or behind those that wait. Never waits, never throws.</summary>
    public void Send(string replyTo, in PublishReply reply) => Send(new WaitingAnswer(replyTo, reply, null));

    /// <summary>Sends the answer to a batch, and takes it over. Never waits, never throws.</summary>
    public void Send(string replyTo, BatchAnswer batch) => Send(new WaitingAnswer(replyTo, default, batch));

    private void Send(in WaitingAnswer answer)
    {
        lock (_gate)
        {
            if (_isSending)
            {
                Enqueue(in answer);
                return;
            }

            _isSending = true;
        }

        var sending = BusSender.SendAsync(bus, answer.ReplyTo, answer.Write(), log);
        if (!sending.IsCompleted)
        {
            _ = SendWaitingAsync(sending);
        }
        else if (!IsDone())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Sends those that wait.</summary>
    void IThreadPoolWorkItem.Execute() => _ = SendWaitingAsync(default);

    /// <summary>Completes when no answer waits.</summary>
    public Task WaitUntilIdleAsync()
    {
        lock (_gate)
        {
            if (!_isSending)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private void Enqueue(in WaitingAnswer answer)
    {
        if (_waitingResults + answer.Results <= WaitingMax)
        {
            _waiting.Enqueue(answer);
            _waitingResults += answer.Results;
        }
        else
        {
            answer.Batch?.Dispose();
            RouterLog.SendFailed(log, answer.ReplyTo, "too many answers wait");
        }
    }

    private async Task SendWaitingAsync(ValueTask<bool> sending)
    {
        await sending.ConfigureAwait(false);
        while (TryTake(out var next))
        {
            await BusSender.SendAsync(bus, next.ReplyTo, next.Write(), log).ConfigureAwait(false);
        }
    }

    private bool TryTake(out WaitingAnswer next)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out next))
            {
                _waitingResults -= next.Results;
                return true;
            }

            End();
            return false;
        }
    }

    private bool IsDone()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                return false;
            }

            End();
            return true;
        }
    }

    private void End()
    {
        _isSending = false;
        _idle?.TrySetResult();
        _idle = null;
    }
}
