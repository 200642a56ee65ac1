using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Publishes that wait until it is known whether there is such a device. They go on in the order in which they came, and all that come meanwhile go behind them: of one
/// device none may overtake another. The questions are asked at once, so the wait is that of the slowest and not of all.
/// </summary>
/// <param name="directory">Who knows.</param>
/// <param name="proceed">Goes on with a publish: true = there is such a device, null = nobody can say. One at a time; must not throw.</param>
/// <remarks>Threading: any thread.</remarks>
internal sealed class DeviceLookUps(IDeviceDirectory directory, Action<PublishOperation, bool?> proceed)
{
    private readonly Queue<(PublishOperation Operation, Task<bool?> IsKnown)> _queue = new();
    private int _waiting;

    /// <summary>Some are waiting: others must not overtake them.</summary>
    public bool AreWaiting => Volatile.Read(ref _waiting) > 0;

    public void Add(PublishOperation operation)
    {
        var isKnown = AskAsync(operation.Device);
        lock (_queue)
        {
            _queue.Enqueue((operation, isKnown));
            if (++_waiting > 1)
            {
                return; // the loop runs
            }
        }

        _ = ProceedAsync();
    }

    /// <summary>Whether the device is known; null when nobody can say.</summary>
    public async Task<bool?> AskAsync(DeviceKey device)
    {
        try
        {
            return await directory.KnowsAsync(device, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            return null; // whatever it is: the loop that waits for the answer must not end with it, for all later publishes wait behind it
        }
    }

    private async Task ProceedAsync()
    {
        while (true)
        {
            (PublishOperation Operation, Task<bool?> IsKnown) head;
            lock (_queue)
            {
                head = _queue.Dequeue();
            }

            proceed(head.Operation, await head.IsKnown.ConfigureAwait(false));
            lock (_queue)
            {
                if (--_waiting == 0) // not before it has gone on
                {
                    return;
                }
            }
        }
    }
}
