using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

public sealed class BatchQueueTests(SmallQueueNode node) : IClassFixture<SmallQueueNode>
{
    [Fact]
    public async Task Batch_MoreThanTheQueueHolds_RestIsQueueFullAndAnotherDeviceIsNot()
    {
        var (full, other) = (node.TakeDevice().Identity.Device, node.TakeDevice().Identity.Device);
        var reply = await node.Client.RequestAsync(
            "pusher.pub.acme.batch", BatchBytes.Of([.. Enumerable.Range(0, 7).Select(i => (full, (string?)$"i{i}", "x")), (other, "o", "x")]));
        Assert.NotNull(reply);
        var answer = BatchBytes.Read(reply.Payload);
        Assert.Equal([0, 0, 0, 0, 0, 2, 2, 0], answer.Results.Select(r => (int)r.Status));
        Assert.True(answer.Results[5] is { MayRetry: true, MessageId: 0, QueueDepth: 5 });
    }
}
