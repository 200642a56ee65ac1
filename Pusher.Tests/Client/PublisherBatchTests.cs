using System.Buffers;
using System.Text;
using Pusher.Client.Publishing;
using Pusher.Core.Batches;
using Xunit;

namespace Pusher.Tests.Client;

/// <summary>What the library makes of answers to batches, and what it publishes again.</summary>
public sealed class PublisherBatchTests : IAsyncLifetime
{
    private readonly List<string[]> _asked = [];
    private NatsResponder _responder = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static BatchMessage[] Three => [.. "abc".Select(id => new BatchMessage("printer-1", default, new PublishOptions { PublisherId = $"{id}" }))];

    public async ValueTask InitializeAsync() => _responder = await NatsResponder.StartNewAsync();

    public ValueTask DisposeAsync() => _responder.DisposeAsync();

    [Fact]
    public async Task PublishBatch_SomeRefusedForNow_OnlyThoseAreTriedAgainWithTheirIds()
    {
        await RespondAsync(attempt => attempt == 1 ? [0, 6, 8] : [0, 1]);
        var results = await RunAsync();
        Assert.Equal([["a", "b", "c"], ["b", "c"]], _asked);
        Assert.Equal([PublishStatus.Ok, PublishStatus.Ok, PublishStatus.Duplicate], results.Select(r => r.Status));
        Assert.Equal([1, 2, 2], results.Select(r => r.Attempts));
    }

    [Fact]
    public async Task PublishBatch_NoAnswer_AllAreTriedAgainAndDuplicatesSettle()
    {
        await RespondAsync(attempt => attempt == 1 ? null : [1, 1, 1]);
        var results = await RunAsync();
        Assert.Equal(2, _asked.Count);
        Assert.All(results, r => Assert.Equal((PublishStatus.Duplicate, true), (r.Status, r.Accepted)));
    }

    [Fact]
    public async Task PublishBatch_UnknownThenRefused_StaysUnknown()
    {
        await RespondAsync(attempt => attempt == 1 ? [8, 0, 2] : [2]);
        var results = await RunAsync();
        Assert.Equal([["a", "b", "c"], ["a"]], _asked);
        Assert.Equal([PublishStatus.Unknown, PublishStatus.Ok, PublishStatus.QueueFull], results.Select(r => r.Status));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 99, 99, 99 })]
    public async Task PublishBatch_AnswerNotUnderstood_AllUnknown(byte[] statuses)
    {
        await RespondAsync(_ => statuses);
        var results = await RunAsync(PublishRetryOptions.None);
        Assert.All(results, r => Assert.Equal(PublishStatus.Unknown, r.Status));
    }

    [Fact]
    public async Task PublishBatch_NobodyListens_IsCertainThatNothingWasStored()
    {
        var results = await RunAsync(PublishRetryOptions.None);
        Assert.All(results, r => Assert.True(r is { Status: PublishStatus.Unavailable, NothingStored: true }));
    }

    [Fact]
    public async Task PublishBatch_BadArguments_Throw()
    {
        await using var publisher = new Publisher(new PublisherOptions { NatsUrl = _responder.Nats.Url });
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishBatchAsync("acme", [], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishBatchAsync("acme", [.. Enumerable.Repeat(Three[0], BatchFormat.EntriesMax + 1)], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishBatchAsync("a b", Three, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishBatchAsync("acme", [new BatchMessage("p.q", default)], Cancel));
    }

    private async Task<IReadOnlyList<PublishResult>> RunAsync(PublishRetryOptions? retry = null)
    {
        await using var publisher = new Publisher(new PublisherOptions { NatsUrl = _responder.Nats.Url, Retry = retry ?? new PublishRetryOptions { AttemptTime = TimeSpan.FromSeconds(2) } });
        return await publisher.PublishBatchAsync("acme", Three, Cancel);
    }

    /// <summary>Answers each attempt with these statuses, one a message; null = keeps silent.</summary>
    private Task RespondAsync(Func<int, byte[]?> answer) => _responder.RespondAsync("pusher.pub.acme.batch", message =>
    {
        _asked.Add(Ids(message.Data));
        return answer(_asked.Count) is { } statuses ? Answer(statuses) : null;
    });

    private static string[] Ids(byte[]? batch)
    {
        Assert.Null(BatchReader.Open(batch, out var reader));
        var ids = new string[reader.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            Assert.Null(reader.Read(out var entry));
            ids[i] = Encoding.ASCII.GetString(entry.PublisherId);
        }

        return ids;
    }

    private static byte[] Answer(byte[] statuses)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new BatchAnswerWriter(output, 0, null, statuses.Length);
        foreach (var status in statuses)
        {
            writer.Write(new BatchResult { Status = status, QueueDepth = -1 }, null);
        }

        return output.WrittenSpan.ToArray();
    }
}
