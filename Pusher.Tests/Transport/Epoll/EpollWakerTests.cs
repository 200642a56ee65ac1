using Pusher.Transport.Epoll;
using Pusher.Transport.Interop;
using Xunit;

namespace Pusher.Tests.Transport.Epoll;

public sealed class EpollWakerTests
{
    [Fact]
    public void Notify_LoopIsAwake_CostsNoWakeAndKeepsItFromSleeping()
    {
        using EpollSet set = new();
        using EpollWaker waker = new(set);
        waker.BeginTurn();
        for (int i = 0; i < 100; i++)
        {
            waker.Notify();
        }

        Assert.Equal(0, DescriptorInfo.EventCount(waker.Handle));
        Assert.False(waker.TryFallAsleep());
    }

    [Fact]
    public void Notify_ManyThreadsWhileAsleep_OneWakeIsInFlight()
    {
        using EpollSet set = new();
        using EpollWaker waker = new(set);
        for (int round = 1; round <= 20; round++)
        {
            waker.BeginTurn();
            Assert.True(waker.TryFallAsleep());
            Parallel.For(0, 1000, _ => waker.Notify());
            Assert.Equal(round, DescriptorInfo.EventCount(waker.Handle));
            Assert.Equal(1, set.Wait(0));
            Assert.Equal(EpollFlags.In, set.Event(0, out ulong token));
            Assert.Equal(EventToken.OfSpecial(EventToken.WakerSlot), token);

            // Not read and yet told once only.
            Assert.Equal(0, set.Wait(0));
        }
    }

    [Fact]
    public void Notify_AfterDispose_DoesNothing()
    {
        using EpollSet set = new();
        EpollWaker waker = new(set);
        waker.BeginTurn();
        Assert.True(waker.TryFallAsleep());
        waker.Dispose();
        waker.Notify();
        Assert.True(waker.Handle.IsClosed);
    }
}
