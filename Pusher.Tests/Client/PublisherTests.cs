using System.Text;
using NATS.Client.Core;
using Pusher.Client.Publishing;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class PublisherTests : IAsyncLifetime
{
    private NatsResponder _responder = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _responder = await NatsResponder.StartNewAsync();

    public ValueTask DisposeAsync() => _responder.DisposeAsync();

    [Theory]
    [InlineData("authorization { user: shop, password: right }", "shop", "right", null)]
    [InlineData("authorization { token: right }", null, null, "right")]
    public async Task PublishAsync_GuardedNats_LogsIn(string configuration, string? user, string? password, string? token)
    {
        await using var guarded = await NatsServerProcess.StartNewAsync(configuration);
        await using var publisher = new Publisher(
            new PublisherOptions { NatsUrl = guarded.Url, User = user, Password = password, Token = token, Retry = PublishRetryOptions.None });

        var result = await publisher.PublishAsync("acme", "printer-1", "soup"u8.ToArray(), null, Cancel);

        Assert.Equal("No Pusher node listens on NATS, nothing was stored.", result.Error); // so it was let in
    }

    [Fact]
    public async Task PublishAsync_Ok_CarriesOptionsAndTheAnswer()
    {
        var seen = new List<NatsMsg<byte[]>>();
        await RespondAsync(m =>
        {
            seen.Add(m);
            return """{"status":"ok","message_id":"18446744073709551615","stream":7,"seq":42,"duplicate":false,"queue_depth":3,"online":true,"last_seen":"2026-01-02T03:04:05Z","retry":false}""";
        });
        await using var publisher = Publisher();
        var options = new PublishOptions { PublisherId = "order-1", Ttl = TimeSpan.FromMinutes(2), Priority = 9 };
        var result = await publisher.PublishAsync("acme", "printer-1", "soup"u8.ToArray(), options, Cancel);

        Assert.Equal(
            new PublishResult { Status = PublishStatus.Ok, PublisherId = "order-1", MessageId = ulong.MaxValue, Stream = 7, Seq = 42, QueueDepth = 3, Online = true },
            result);
        var request = Assert.Single(seen);
        Assert.Equal("pusher.pub.acme.device.printer-1", request.Subject);
        Assert.Equal("soup", Encoding.UTF8.GetString(request.Data!));
        Assert.Equal(["order-1", "120000ms", "9"], new[] { "Pusher-Id", "Pusher-Ttl", "Pusher-Priority" }.Select(n => request.Headers![n].ToString()));
    }

    [Fact]
    public async Task PublishAsync_NobodyListens_IsCertainThatNothingWasStored()
    {
        await using var publisher = Publisher(new PublishRetryOptions { Attempts = 2 });
        var result = await publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        Assert.Equal((PublishStatus.Unavailable, true, true, 2), (result.Status, result.NothingStored, result.Retry, result.Attempts));
    }

    [Fact]
    public async Task PublishAsync_NatsIsDown_IsCertainThatNothingWasStored()
    {
        await _responder.Nats.KillAsync();
        await using var publisher = Publisher(PublishRetryOptions.None with { AttemptTime = TimeSpan.FromSeconds(1) });
        var result = await publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        Assert.True(result.NothingStored, result.ToString());
    }

    [Fact]
    public async Task PublishAsync_NatsDiesAndComesBack_GoesOn()
    {
        await RespondAsync(_ => """{"status":"ok","message_id":"1","stream":7,"seq":1}""");
        await using var publisher = Publisher(new PublishRetryOptions { AttemptTime = TimeSpan.FromSeconds(1), Attempts = 30, TotalTime = TimeSpan.FromSeconds(30) });
        Assert.True((await publisher.PublishAsync("acme", "printer-1", default, null, Cancel)).Accepted);
        await _responder.Nats.KillAsync();
        var pending = publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        await _responder.Nats.StartAsync();
        Assert.True((await pending).Accepted);
    }

    [Fact]
    public async Task PublishAsync_NatsDiesBeforeTheAnswer_IsUnknownAtOnce()
    {
        TaskCompletionSource asked = new();
        await RespondAsync(_ =>
        {
            asked.TrySetResult();
            return null;
        });
        await using var publisher = Publisher(PublishRetryOptions.None with { AttemptTime = TimeSpan.FromHours(1) });
        var pending = publisher.PublishAsync("acme", "printer-1", default, null, Cancel).AsTask();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await _responder.Nats.KillAsync();

        var result = await pending.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        Assert.Equal((PublishStatus.Unknown, "The connection to NATS was lost before the answer came."), (result.Status, result.Error));
    }

    [Fact]
    public async Task PublishAsync_NoAnswer_IsUnknownAndTheRetryWithTheSameIdSettlesIt()
    {
        var ids = new List<string>();
        await RespondAsync(m =>
        {
            ids.Add(m.Headers!["Pusher-Id"]!);
            return ids.Count == 1 ? null : """{"status":"duplicate","message_id":"5","stream":7,"seq":1,"duplicate":true}""";
        });
        await using var publisher = Publisher(new PublishRetryOptions { AttemptTime = TimeSpan.FromMilliseconds(300) });
        var result = await publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        Assert.Equal((PublishStatus.Duplicate, true, 5ul, 2), (result.Status, result.Accepted, result.MessageId, result.Attempts));
        Assert.Single(ids.Distinct());
        Assert.Equal(ids[0], result.PublisherId);
    }

    [Fact]
    public async Task PublishAsync_NoAnswerAndNoRetry_IsUnknownWithItsId()
    {
        await RespondAsync(_ => null);
        await using var publisher = Publisher(PublishRetryOptions.None with { AttemptTime = TimeSpan.FromMilliseconds(200) });
        var result = await publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        Assert.Equal((PublishStatus.Unknown, false, true), (result.Status, result.NothingStored, result.Retry));
        Assert.NotEmpty(result.PublisherId);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"status":"ok","message_id":"x"}""")]
    [InlineData("""{"status":"something_new"}""")]
    public async Task PublishAsync_AnswerNotUnderstood_IsUnknown(string answer)
    {
        await RespondAsync(_ => answer);
        await using var publisher = Publisher(PublishRetryOptions.None);
        Assert.Equal(PublishStatus.Unknown, (await publisher.PublishAsync("acme", "printer-1", default, null, Cancel)).Status);
    }

    [Fact]
    public async Task PublishAsync_TwoThousandOutstanding_EachGetsItsOwnAnswer()
    {
        await RespondAsync(m => $$"""{"status":"ok","message_id":"{{m.Headers!["Pusher-Id"]}}","stream":7,"seq":1}""");
        await using var publisher = Publisher();
        var results = await Task.WhenAll(Enumerable.Range(1, 2_000).Select(i =>
            publisher.PublishAsync("acme", "printer-1", new byte[128], new PublishOptions { PublisherId = i.ToString() }, Cancel).AsTask()));
        Assert.Equal(Enumerable.Range(1, 2_000).Select(i => (ulong)i), results.Select(r => r.MessageId));
    }

    [Theory]
    [InlineData("a b", "p", null)]
    [InlineData("acme", "p.q", null)]
    [InlineData("acme", "p", "with space")]
    public async Task PublishAsync_BadArgument_Throws(string tenant, string device, string? id)
    {
        await using var publisher = Publisher();
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishAsync(tenant, device, default, new PublishOptions { PublisherId = id }, Cancel));
    }

    private Publisher Publisher(PublishRetryOptions? retry = null) => new(new PublisherOptions { NatsUrl = _responder.Nats.Url, Retry = retry ?? new() });

    /// <summary>Answers every publish; null = keeps silent.</summary>
    private Task RespondAsync(Func<NatsMsg<byte[]>, string?> answer)
        => _responder.RespondAsync("pusher.pub.>", message => answer(message) is { } reply ? Encoding.UTF8.GetBytes(reply) : null);
}
