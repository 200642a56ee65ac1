namespace Pusher.Router.Dispatch;

/// <summary>The publishes of one ingress that wait to be used again.</summary>
/// <remarks>Threading: any thread, under a short lock: rented by the ingress, returned by the store's thread.</remarks>
/// <param name="make">Makes one more.</param>
public sealed class PublishPool<T>(Func<PublishPool<T>, T> make)
    where T : PooledPublishOperation
{
    /// <summary>As many as are under way in a burst; with payloads of 256 bytes some 2 MB.</summary>
    private const int KeptMax = 4096;

    private readonly Lock _gate = new();
    private readonly Stack<T> _free = new();

    /// <summary>Publishes that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _free.Count;
            }
        }
    }

    /// <summary>An empty publish; comes back by <see cref="Return"/>, from its <see cref="PublishOperation.OnFinished"/>.</summary>
    public T Rent()
    {
        T? operation;
        lock (_gate)
        {
            _free.TryPop(out operation);
        }

        operation ??= make(this);
        operation.TakeOut();
        return operation;
    }

    /// <exception cref="InvalidOperationException">It was returned before.</exception>
    public void Return(T operation)
    {
        operation.PutBack();
        lock (_gate)
        {
            if (_free.Count < KeptMax)
            {
                _free.Push(operation);
            }
        }
    }
}
