using System.Text;
using Pusher.Client.Publishing;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Batches over a real nats-server to devices.</summary>
public sealed class BatchTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    private const string Subject = "pusher.pub.acme.batch";

    [Fact]
    public async Task Batch_TwoDevices_EachGetsItsOwnInOrder()
    {
        var (one, two) = (node.TakeDevice(), node.TakeDevice());
        var (first, _) = await RawDevice.LoginNewAsync(node.Node.Listen, one);
        await using var firstDisposal = first;
        var (second, _) = await RawDevice.LoginNewAsync(node.Node.Listen, two);
        await using var secondDisposal = second;

        var answer = await AskAsync(BatchBytes.Of([.. Enumerable.Range(0, 20).Select(i => (Name(i % 2 == 0 ? one : two), (string?)$"i{i}", $"m{i}"))]));

        Assert.All(answer.Results, r => Assert.True(r is { Status: 0, Online: true }));
        for (var i = 0; i < 20; i++)
        {
            var push = await (i % 2 == 0 ? first : second).ReadAsync(FrameType.Push);
            Assert.Equal(($"m{i}", answer.Results[i].MessageId), (push.BodyText, push.Push.MessageId));
            await (i % 2 == 0 ? first : second).AckAsync(push.Place);
        }
    }

    [Fact]
    public async Task Batch_CutAnywhere_OneErrorEachAndNothingStored()
    {
        var device = node.TakeDevice();
        var batch = BatchBytes.Of((Name(device), "a", "1"), (Name(device), "b", "2"));
        for (var length = 1; length < batch.Length; length++)
        {
            var answer = await AskAsync(batch[..length]);
            Assert.Equal((7, 0), (answer.Status, answer.Results.Count));
        }

        var whole = await AskAsync(batch); // had anything been stored, these were duplicates
        Assert.Equal([(0, 1ul), (0, 2ul)], whole.Results.Select(r => ((int)r.Status, r.Seq)));
    }

    [Fact]
    public async Task Batch_LargerThanAReceiveBuffer_IsReadWhole()
    {
        var devices = Enumerable.Range(0, 4).Select(_ => node.TakeDevice()).ToList();
        var payload = new string('x', 60_000);
        var answer = await AskAsync(BatchBytes.Of([.. Enumerable.Range(0, 16).Select(i => (Name(devices[i % 4]), (string?)$"i{i}", payload + i))]));
        Assert.All(answer.Results, r => Assert.Equal(0, r.Status));
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, devices[3]);
        await using var disposal = raw;
        Assert.Equal(payload + 3, (await raw.ReadAsync(FrameType.Push)).BodyText);
    }

    [Fact]
    public async Task PublishBatchAsync_ByTheLibrary_HasAResultForEach()
    {
        var device = node.TakeDevice();
        await using var publisher = new Publisher(new PublisherOptions { NatsUrl = node.Nats.Url });
        BatchMessage[] messages =
        [
            new(Name(device), "soup"u8.ToArray(), new PublishOptions { PublisherId = "s" }),
            new("nobody", "salad"u8.ToArray()),
            new(Name(device), "bread"u8.ToArray(), new PublishOptions { PublisherId = "b", Ttl = TimeSpan.FromMinutes(5), Priority = 3 }),
            new(Name(device), "soup"u8.ToArray(), new PublishOptions { PublisherId = "s" }),
        ];
        var results = await publisher.PublishBatchAsync("acme", messages, TestContext.Current.CancellationToken);
        Assert.Equal([PublishStatus.Ok, PublishStatus.UnknownDevice, PublishStatus.Ok, PublishStatus.Duplicate], results.Select(r => r.Status));
        Assert.Equal([1ul, 0, 2, 1], results.Select(r => r.Seq));
        Assert.NotNull(results[1].Error);

        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        Assert.Equal("soup", (await raw.ReadAsync(FrameType.Push)).BodyText);
        var second = await raw.ReadAsync(FrameType.Push);
        Assert.Equal(("bread", 3), (second.BodyText, second.Push.Priority));
    }

    [Fact]
    public async Task PublishBatchAsync_MoreThanNatsTakes_IsTooLargeAndTheConnectionStays()
    {
        var device = node.TakeDevice();
        await using var publisher = new Publisher(new PublisherOptions { NatsUrl = node.Nats.Url });
        var results = await publisher.PublishBatchAsync("acme", [.. Enumerable.Range(0, 20).Select(_ => new BatchMessage(Name(device), new byte[60_000]))], TestContext.Current.CancellationToken);
        Assert.All(results, r => Assert.True(r is { Status: PublishStatus.TooLarge, NothingStored: true }));
        Assert.Equal(PublishStatus.Ok, (await publisher.PublishAsync("acme", Name(device), "x"u8.ToArray(), null, TestContext.Current.CancellationToken)).Status);
    }

    private static string Name(TestDevice device) => device.Identity.Device;

    private async Task<BatchBytes.Answer> AskAsync(byte[] batch)
    {
        var reply = await node.Client.RequestAsync(Subject, batch);
        Assert.True(reply is not null, $"no answer to a batch of {batch.Length} bytes{node.Node.Process.Describe()}: {Encoding.Latin1.GetString(batch.AsSpan(0, Math.Min(batch.Length, 100)))}");
        return BatchBytes.Read(reply.Payload);
    }
}
