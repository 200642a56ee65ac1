using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Dispatch;
using Pusher.Tests.Regressions;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

public sealed class AnswerSenderTests : IAsyncDisposable
{
    private const int Many = 1_000;
    private readonly GatedBus _bus = new();
    private readonly AnswerSender _answers;

    public AnswerSenderTests() => _answers = new AnswerSender(_bus, NullLogger.Instance);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public void Send_BusTakesIt_IsSentBeforeItReturns()
    {
        Send(1);
        Send(2);
        Assert.Equal([1ul, 2], Sent());
        Assert.True(_answers.WaitUntilIdleAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Send_WhileOneIsUnderWay_FollowsInOrderOneAtATime()
    {
        var first = _bus.Hold();
        for (ulong id = 1; id <= Many; id++)
        {
            Send(id);
        }

        Assert.Equal([1ul], Sent());
        var idle = _answers.WaitUntilIdleAsync();
        Assert.False(idle.IsCompleted);
        first.SetResult();
        await idle.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, Many).Select(i => (ulong)i), Sent());
        Assert.Equal(1, _bus.AtOnceMax);
    }

    // The client of the bus threw something that is not in its book: from then on every answer was queued, and none was sent.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_TheOneUnderWayFails_TheNextAreSent(bool isPlanned)
    {
        var first = _bus.Hold();
        Send(1);
        Send(2);
        first.SetException(isPlanned ? new Pusher.Router.Bus.BusUnavailableException("gone") : new InvalidOperationException("a defect"));
        await _answers.WaitUntilIdleAsync().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Send(3);
        Assert.Equal([1ul, 2, 3], Sent());
    }

    [Fact]
    public async Task Send_TheBusThrowsAtOnce_TheNextAreSent()
    {
        await using var broken = new FaultyBus(_bus) { IsBroken = true };
        var answers = new AnswerSender(broken, NullLogger.Instance);
        answers.Send("inbox.1", new PublishReply { Status = PublishStatus.Ok, MessageId = 1, QueueDepth = -1 });
        broken.IsBroken = false;
        answers.Send("inbox.1", new PublishReply { Status = PublishStatus.Ok, MessageId = 2, QueueDepth = -1 });
        await answers.WaitUntilIdleAsync().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal([2ul], Sent());
    }

    [Fact]
    public void Send_BusIsAway_IsDroppedAndNothingWaits()
    {
        _bus.IsConnected = false;
        Send(1);
        Assert.True(_answers.WaitUntilIdleAsync().IsCompletedSuccessfully);
        _bus.IsConnected = true;
        Send(2);
        Assert.Equal([2ul], Sent());
    }

    [Fact]
    public async Task Send_FromManyThreads_EachIsSentOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < Many; i++)
            {
                Send((ulong)((t * Many) + i + 1));
            }
        })));
        await _answers.WaitUntilIdleAsync().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 4 * Many).Select(i => (ulong)i), Sent().Order());
        Assert.Equal(1, _bus.AtOnceMax);
    }

    // The store's thread answers a commit while a flood of refusals comes in: it must go back to the store.
    [Fact]
    public void Send_OthersBringMoreMeanwhile_IsNotMadeToSendThose()
    {
        using var second = new ManualResetEventSlim();
        var threads = new List<int>();
        _bus.OnPublish = () =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            if (threads.Count == 1)
            {
                Send(2);
            }
            else
            {
                second.Set();
            }
        };
        Send(1);
        Assert.True(second.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)); // this thread is taken until then
        Assert.Equal(Environment.CurrentManagedThreadId, threads[0]);
        Assert.NotEqual(threads[0], threads[1]);
    }

    private void Send(ulong messageId) => _answers.Send("inbox.1", new PublishReply { Status = PublishStatus.Ok, MessageId = messageId, QueueDepth = -1 });

    private IEnumerable<ulong> Sent() => _bus.Sent.Select(bytes => ulong.Parse(JsonDocument.Parse(bytes).RootElement.GetProperty("message_id").GetString()!));
}
