using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>An append that a test can wait for.</summary>
public sealed class TestAppend : AppendOperation
{
    private readonly TaskCompletionSource<TestAppend> _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _completions;

    /// <summary>Completes when the store has answered.</summary>
    public Task<TestAppend> Completed => _completed.Task;

    /// <summary>How often the store has answered; 1 is the only right number.</summary>
    public int Completions => Volatile.Read(ref _completions);

    protected override void OnCompleted()
    {
        Interlocked.Increment(ref _completions);
        _completed.TrySetResult(this);
    }
}
