using Pusher.Core.Identity;
using Pusher.Router.Faults;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>A publisher that asked again as soon as it had its error could be refused for the same failure a second time, though nothing was wrong any more.</summary>
public sealed class AppendBehindAFailureTests
{
    private static readonly DeviceKey Printer = new("acme", "printer-1");

    [Fact]
    public async Task Append_HandedInBehindTheAnswerOfAFailedOne_IsNotOfThatFailure()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var link = await RedisLink.ConnectAsync(RedisServerProcess.Patient(server.Address));
        await using var store = await RedisMessageStore.OpenAsync(link, new RedisStoreOptions { WatchIntervalMs = 600_000 }, Breakage.None);
        var ids = new MessageIdGenerator(TimeProvider.System, 1, 0);
        await server.CommandAsync($"SET {MessageIndex.TopsKey} no-hash"); // the script fails at it, and does nothing
        var again = new TestAppend { Device = Printer, MessageId = ids.Next(), Payload = "again"u8.ToArray() };
        var refused = new ChainedAppend(() =>
        {
            server.CommandAsync($"DEL {MessageIndex.TopsKey}").GetAwaiter().GetResult();
            store.Append(again);
        })
        {
            Device = Printer,
            MessageId = ids.Next(),
            Payload = "first"u8.ToArray(),
        };

        store.Append(refused);

        Assert.Equal(AppendStatus.Stored, (await again.Completed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Status);
        Assert.NotEqual(AppendStatus.Stored, refused.Status);
    }

    private sealed class ChainedAppend(Action completed) : AppendOperation
    {
        protected override void OnCompleted() => completed();
    }
}
