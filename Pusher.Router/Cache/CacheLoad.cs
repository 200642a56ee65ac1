namespace Pusher.Router.Cache;

/// <summary>One look-up in level 2, shared by all who ask for its key meanwhile.</summary>
/// <remarks>Threading: what it brings is kept, or it becomes outdated, under its lock; whichever is first.</remarks>
internal sealed class CacheLoad<TValue>
    where TValue : struct
{
    private readonly TaskCompletionSource<TValue?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOutdated;

    public Task<TValue?> Task => _answer.Task;

    /// <summary>The key was invalidated after the look-up began: what it brings may be the old value, and is not kept.</summary>
    public bool IsOutdated => Volatile.Read(ref _isOutdated);

    public void Outdate()
    {
        lock (_answer)
        {
            _isOutdated = true;
        }
    }

    /// <summary>Calls <paramref name="keep"/> unless the look-up is outdated.</summary>
    public void Keep<TState>(TState state, Action<TState> keep)
    {
        lock (_answer)
        {
            if (!_isOutdated)
            {
                keep(state);
            }
        }
    }

    public void Answer(TValue? value) => _answer.TrySetResult(value);

    public void Fail(Exception e) => _answer.TrySetException(e);
}
