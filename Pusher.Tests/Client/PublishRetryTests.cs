using Pusher.Client.Publishing;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class PublishRetryTests
{
    [Theory]
    [InlineData(PublishStatus.Ok, 1, PublishStatus.Ok)]
    [InlineData(PublishStatus.Unknown, 2, PublishStatus.Duplicate, PublishStatus.Unknown, PublishStatus.Duplicate)]
    [InlineData(PublishStatus.Unknown, 3, PublishStatus.Unknown, PublishStatus.Unknown, PublishStatus.Unavailable, PublishStatus.Unavailable)]
    [InlineData(PublishStatus.Unknown, 2, PublishStatus.Unknown, PublishStatus.Unknown, PublishStatus.QueueFull)]
    [InlineData(PublishStatus.QueueFull, 1, PublishStatus.QueueFull)]
    [InlineData(PublishStatus.BadRequest, 1, PublishStatus.BadRequest)]
    [InlineData(PublishStatus.StoreUnavailable, 3, PublishStatus.Ok, PublishStatus.StoreUnavailable, PublishStatus.Unavailable, PublishStatus.Ok)]
    [InlineData(PublishStatus.StoreUnavailable, 3, PublishStatus.StoreUnavailable)]
    public async Task RunAsync_Answers_SettleToOne(PublishStatus first, int attempts, PublishStatus settled, params PublishStatus[] answers)
    {
        answers = answers.Length == 0 ? [first, first, first] : answers;
        var retry = new PublishRetry(new PublishRetryOptions { Attempts = 3 }, TimeProvider.System);
        var request = PublishRequest.From("acme", "p", default, null);
        var used = 0;
        var result = await retry.RunAsync(
            request,
            (r, _, _) => ValueTask.FromResult(r.Result(answers[used++], "words")),
            TestContext.Current.CancellationToken);
        Assert.Equal((settled, attempts), (result.Status, result.Attempts));
        Assert.Equal(request.PublisherId, result.PublisherId);
    }
}
