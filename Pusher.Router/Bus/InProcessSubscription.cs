using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pusher.Router.Bus;

/// <summary>One subscriber of the <see cref="InProcessBus"/>: a bounded queue and the loop that empties it.</summary>
/// <remarks>Threading: any thread offers; one loop on the thread pool hands over, in order.</remarks>
internal sealed class InProcessSubscription : IAsyncDisposable
{
    private readonly InProcessBus _bus;
    private readonly Channel<BusMessage> _queue;
    private readonly Task _loop;
    private long _dropped;

    public InProcessSubscription(InProcessBus bus, string subject, string? queueGroup, Action<BusMessage> handler, int capacity, ILogger log)
    {
        _bus = bus;
        Subject = subject;
        QueueGroup = queueGroup;
        _queue = Channel.CreateBounded<BusMessage>(new BoundedChannelOptions(capacity)
        {
            // Wait makes TryWrite say no when the queue is full: that is the drop that is counted.
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });
        var delivery = new BusDelivery(subject, handler, log);
        _loop = Task.Run(() => delivery.RunAsync(_queue.Reader, static message => message));
    }

    public string Subject { get; }

    public string? QueueGroup { get; }

    public long Dropped => Volatile.Read(ref _dropped);

    public void Offer(in BusMessage message)
    {
        if (!_queue.Writer.TryWrite(message))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _bus.Remove(this);
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }
}
