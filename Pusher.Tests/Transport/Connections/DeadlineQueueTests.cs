using Pusher.Transport;
using Pusher.Transport.Connections;
using Xunit;

namespace Pusher.Tests.Transport.Connections;

public sealed class DeadlineQueueTests
{
    [Fact]
    public void TryTakeDue_SeveralEntries_GivesTheDueOnesInOrder()
    {
        DeadlineQueue queue = new();
        queue.Add(new ConnectionId(1, 1), 300);
        queue.Add(new ConnectionId(2, 1), 100);
        queue.Add(new ConnectionId(3, 1), 200);
        Assert.False(queue.TryTakeDue(99, out _));
        Assert.True(queue.TryTakeDue(250, out ConnectionId first));
        Assert.True(queue.TryTakeDue(250, out ConnectionId second));
        Assert.False(queue.TryTakeDue(250, out _));
        Assert.Equal((2, 3), (first.Slot, second.Slot));
    }

    [Fact]
    public void DueInMs_EmptyFutureAndPast_TellsHowLongToSleep()
    {
        DeadlineQueue queue = new();
        Assert.Equal(-1, queue.DueInMs(0));
        queue.Add(new ConnectionId(1, 1), 300);
        Assert.Equal(200, queue.DueInMs(100));
        Assert.Equal(0, queue.DueInMs(400));
    }
}
