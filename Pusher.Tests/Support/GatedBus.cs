using System.Collections.Concurrent;
using Pusher.Router.Bus;

namespace Pusher.Tests.Support;

/// <summary>A bus that keeps what is published, and completes a publish only when the test says so.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class GatedBus : IClusterBus
{
    private TaskCompletionSource? _held;
    private int _atOnce;

    public bool IsConnected { get; set; } = true;

    public long Dropped => 0;

    /// <summary>What was published, in order.</summary>
    public ConcurrentQueue<byte[]> Sent { get; } = new();

    /// <summary>The most publishes that were under way at a time.</summary>
    public int AtOnceMax { get; private set; }

    /// <summary>Called by each publish, on its thread.</summary>
    public Action? OnPublish { get; set; }

    /// <summary>The next publish completes, or fails, with the returned source.</summary>
    public TaskCompletionSource Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, CancellationToken cancellationToken = default)
    {
        AtOnceMax = Math.Max(AtOnceMax, Interlocked.Increment(ref _atOnce));
        Sent.Enqueue(payload.ToArray());
        OnPublish?.Invoke();
        try
        {
            if (Interlocked.Exchange(ref _held, null) is { } held)
            {
                await held.Task;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    public ValueTask<IAsyncDisposable> SubscribeAsync(string subject, string? queueGroup, Action<BusMessage> handler, CancellationToken cancellationToken)
        => throw new NotSupportedException("nobody subscribes here");

    public ValueTask<IAsyncDisposable> SubscribeInPlaceAsync(string subject, string? queueGroup, BusReceiver receiver, CancellationToken cancellationToken)
        => throw new NotSupportedException("nobody subscribes here");

    public ValueTask DisposeAsync() => default;
}
