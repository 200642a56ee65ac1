using System.Buffers;
using Pusher.Router.Dispatch;
using Pusher.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

/// <summary>A publish that is used again must never be two publishes at once: that would print one device's order at another.</summary>
public sealed class PublishPoolTests : IDisposable
{
    private readonly PublishBench _bench = new();
    private readonly PublishPool<PooledPublish> _pool = new(pool => new PooledPublish(pool));

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Publish_Stored_ComesBackEmptyAndServesTheNext()
    {
        var first = Publish("first", p => { p.PublisherId = "a"; p.TtlMs = 5; p.Priority = 3; });
        Assert.Equal(1, _pool.Count);
        var second = _pool.Rent();
        Assert.Same(first, second);
        Assert.Equal((null, null, (byte)0, 0, 1), (second.PublisherId, second.TtlMs, second.Priority, second.Payload.Length, second.Qos));
        _pool.Return(second);
        Publish("second");
        Assert.Equal(["first", "second"], _bench.Bell.Messages.Select(m => System.Text.Encoding.ASCII.GetString(m.Message.Payload.Span)));
    }

    [Fact]
    public void Publish_Refused_ComesBack()
    {
        Publish("x", p => p.Problem = "wrong");
        Assert.Equal(1, _pool.Count);
    }

    [Fact]
    public void Publish_WithTheStore_IsNotGivenOutAgain()
    {
        _bench.Store.IsManual = true;
        var first = Publish("first");
        Assert.NotSame(first, _pool.Rent());
    }

    [Fact]
    public void Return_Twice_Throws()
    {
        var operation = _pool.Rent();
        _pool.Return(operation);
        Assert.Throws<InvalidOperationException>(() => _pool.Return(operation));
        Assert.Equal(1, _pool.Count);
    }

    [Fact]
    public void Complete_ByAStoreThatAnswersTwice_ThrowsInsteadOfAnsweringTheNextMessage()
    {
        _bench.Store.IsManual = true;
        var operation = _pool.Rent();
        var first = operation.HandOver();
        operation.GoThrough(_bench.Dispatcher);
        operation.Complete(first, AppendStatus.Unavailable);
        var again = Publish("next");
        Assert.Same(operation, again);
        Assert.Throws<InvalidOperationException>(() => operation.Complete(first, AppendStatus.Stored));
        Assert.Equal(1, again.Answers); // of its first life; the second still waits
    }

    [Fact]
    public void HandOver_WhileUnderWay_Throws()
    {
        _bench.Store.IsManual = true;
        var operation = Publish("x");
        Assert.Throws<InvalidOperationException>(() => operation.HandOver());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(60_000)]
    public void CopyPayload_AnyLength_IsACopy(int length)
    {
        var operation = _pool.Rent();
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        operation.CopyPayload(new ReadOnlySequence<byte>(bytes));
        Assert.Equal(bytes, operation.Payload.ToArray());
        bytes.AsSpan().Clear();
        Assert.True(length == 0 || operation.Payload.Span.ContainsAnyExcept((byte)0));
        _pool.Return(operation);
        Assert.True(operation.Payload.IsEmpty);
    }

    private PooledPublish Publish(string payload, Action<PooledPublish>? change = null)
    {
        var operation = _pool.Rent();
        operation.Device = PublishBench.Printer;
        operation.CopyPayload(System.Text.Encoding.ASCII.GetBytes(payload));
        change?.Invoke(operation);
        _bench.Dispatcher.Publish(operation);
        return operation;
    }

    private sealed class PooledPublish(PublishPool<PooledPublish> pool) : PooledPublishOperation
    {
        public int Answers { get; private set; }

        protected internal override void Answer(in PublishReply reply) => Answers++;

        protected internal override void OnFinished() => pool.Return(this);
    }
}
