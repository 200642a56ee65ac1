using System.Collections.Concurrent;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>What the store in Redis says and keeps when Redis is killed, frozen, emptied or away.</summary>
public sealed class RedisStoreFaultTests : IAsyncLifetime
{
    private static readonly DeviceKey Printer = new("acme", "printer-1");
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(30); // a hang shows; the time itself is Redis's time-out, 300 ms here

    private readonly Appender _appender = new(AnswerBound);
    private RedisServerProcess _server = null!;
    private LinkedStore _linked = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RedisMessageStore Store => _linked.Store;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServerProcess.StartNewAsync();
        _linked = await OpenAsync(commandTimeoutMs: 300, new RedisStoreOptions { WatchIntervalMs = 50 });
    }

    public async ValueTask DisposeAsync()
    {
        await _linked.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Append_RedisKilledAgainAndAgain_LosesNothingThatWasAnsweredStored()
    {
        var stored = new ConcurrentBag<TestAppend>();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(worker => Task.Run(() => AppendUntilAsync(worker, stored, stop.Token), Cancellation)).ToArray();
        for (var kill = 0; kill < 5; kill++)
        {
            var before = stored.Count;
            await Eventually.TrueAsync(() => stored.Count > before + 200, $"200 messages are stored after kill {kill}");
            await _server.KillAsync();
            await _server.StartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await Eventually.TrueAsync(async () => (await AppendAsync(Printer)).Status == AppendStatus.Stored, "Redis is back");
        foreach (var append in stored)
        {
            var status = await Store.FindAsync(append.Device.Tenant, append.MessageId, Cancellation);
            Assert.Equal((append.Stream, append.Seq, MessageState.Pending), status is null ? default : (status.Stream, status.Seq, status.State));
        }

        Assert.Equal(stored.Count, stored.Select(a => (a.Device, a.Stream, a.Seq)).Distinct().Count());
    }

    [Fact]
    public async Task Append_RedisAway_IsNeverStoredAndAnsweredSoon()
    {
        var incarnation = Store.Incarnation;
        await _server.KillAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await AppendAsync(Printer)).Status is AppendStatus.Unavailable or AppendStatus.Unknown);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Store.ReadAsync(Printer, 1, 0, 10, 1000, Cancellation));
        await _server.StartAsync();

        await Eventually.TrueAsync(async () => (await AppendAsync(Printer)).Status == AppendStatus.Stored, "the store recovers alone");
        Assert.Equal(incarnation, Store.Incarnation);
    }

    [Fact]
    public async Task Append_ItsOwnerFailsWhenItIsRefused_TheNextAreAnswered()
    {
        await AppendAsync(Printer);
        await _server.FreezeAsync();
        Store.Append(new FailingAppend { Device = Printer, MessageId = _appender.NextId(), Payload = "order"u8.ToArray() });
        Assert.NotEqual(AppendStatus.Stored, (await AppendAsync(Printer)).Status);

        await _server.ThawAsync();

        await Eventually.TrueAsync(async () => (await AppendAsync(Printer)).Status == AppendStatus.Stored, "the lane works");
    }

    [Fact]
    public async Task Append_RedisFrozen_IsUnknownForTheFirstAndRefusedBehindIt()
    {
        var sound = await AppendAsync(Printer, "before");
        await _server.FreezeAsync();
        var first = await AppendAsync(Printer, "during");
        Assert.Equal(AppendStatus.Unknown, first.Status);

        await _server.ThawAsync();

        await Eventually.TrueAsync(async () => (await AppendAsync(Printer)).Status == AppendStatus.Stored, "the store recovers alone");
        var again = await AppendAsync(Printer, "during"); // only the same id can tell
        Assert.True(again.Status is AppendStatus.Stored or AppendStatus.Duplicate);
        Assert.Equal(AppendStatus.Duplicate, (await AppendAsync(Printer, "before")).Status);
        Assert.Equal(MessageState.Pending, (await Store.FindAsync("acme", sound.MessageId, Cancellation))?.State);
    }

    // A command that was given up is carried out when Redis wakes. By then its publisher has used the buffer for something else.
    [Fact]
    public async Task Append_RedisFrozen_StoresThePayloadAsItWasHandedIn()
    {
        await AppendAsync(new("acme", "other")); // Redis knows the script now, and will run what is sent to it without another word
        await _server.FreezeAsync();
        var buffer = Encoding.UTF8.GetBytes("the order as it was");
        var append = _appender.New(Printer, "late");
        append.Payload = buffer;
        Assert.Equal(AppendStatus.Unknown, (await _appender.AppendAsync(Store, append)).Status);
        Array.Fill(buffer, (byte)'x');

        await _server.ThawAsync();

        await Eventually.TrueAsync(async () => await FindAsync("late") is not null, "the late append is carried out");
        var status = (await FindAsync("late"))!;
        var page = await Store.ReadAsync(Printer, status.Stream, 0, 10, 1000, Cancellation);
        Assert.Equal("the order as it was", Encoding.UTF8.GetString(page.Messages[0].Payload.Span));
    }

    [Fact]
    public async Task Acknowledge_WhileRedisIsAway_IsCarriedOutWhenItIsBack()
    {
        var append = await AppendAsync(Printer);
        await _server.KillAsync();
        Store.Acknowledge(Printer, append.Stream, append.Seq);
        Assert.NotEqual(AppendStatus.Stored, (await AppendAsync(Printer)).Status);

        await _server.StartAsync();

        await Eventually.TrueAsync(async () => await StateAsync(append) == MessageState.Acked, "the acknowledgement arrives");
    }

    [Fact]
    public async Task Evaluate_ScriptsFlushed_AreSentAgain()
    {
        var append = await AppendAsync(Printer);
        await _server.CommandAsync("SCRIPT FLUSH");

        Assert.Equal((AppendStatus.Stored, append.Seq + 1), await AppendAsync(Printer) is var next ? (next.Status, next.Seq) : default);
        Assert.Equal(2, (await Store.ReadAsync(Printer, append.Stream, 0, 10, 1000, Cancellation)).Messages.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watch_DataGone_DrawsAnotherIncarnationAndResetsTheDevice(bool byRestart)
    {
        var append = await AppendAsync(Printer);
        var before = Store.Incarnation;
        var announced = new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.DataLost += incarnation => announced.TrySetResult(incarnation);

        if (byRestart)
        {
            await _server.RestartEmptyAsync();
        }
        else
        {
            await _server.CommandAsync("FLUSHALL");
        }

        Assert.NotEqual(before, await announced.Task.WaitAsync(AnswerBound, Cancellation));
        Assert.Equal(Store.Incarnation, await announced.Task);
        await Eventually.TrueAsync(async () => (await AppendAsync(Printer)).Status == AppendStatus.Stored, "the store accepts again");
        var opened = await Store.OpenAsync(Printer, new StreamPosition[] { new(append.Stream, append.Seq) }, Cancellation);
        Assert.Equal(append.Stream, Assert.Single(opened.Resets).OldStream);
        Assert.NotEqual(append.Stream, Assert.Single(opened.Streams).Stream);
    }

    // A replica that was promoted too early: the store is the same, but its newest messages are not there.
    [Fact]
    public async Task Watch_NewestMessagesGone_IsFoundThoughTheIncarnationIsThere()
    {
        await AppendAsync(Printer);
        var before = Store.Incarnation;

        await _server.CommandAsync("HSET pusher:tops 0 1");

        await Eventually.TrueAsync(() => Store.Incarnation != before);
        var after = Store.Incarnation;
        await AppendAsync(Printer);
        await Eventually.TrueAsync(async () => !(await _server.CommandAsync("HGET pusher:tops 0")).Contains("\r\n1\r\n", StringComparison.Ordinal), "a newer message is the highest");
        Assert.Equal(after, Store.Incarnation);
    }

    [Fact]
    public async Task Append_NoMemoryLeft_IsRefusedWhileAcknowledgementsGoOn()
    {
        var append = await AppendAsync(Printer);
        await _server.CommandAsync("CONFIG SET maxmemory 1");

        Assert.Equal(AppendStatus.Unavailable, (await AppendAsync(Printer)).Status);
        Store.Acknowledge(Printer, append.Stream, append.Seq);
        await Store.FlushAsync(Cancellation);
        Assert.Equal(MessageState.Acked, await StateAsync(append));

        await _server.CommandAsync("CONFIG SET maxmemory 0");
        Assert.Equal((AppendStatus.Stored, append.Seq + 1), await AppendAsync(Printer) is var next ? (next.Status, next.Seq) : default);
    }

    [Fact]
    public async Task Append_AtFullLoad_SharesCommands()
    {
        const int Messages = 4_000;
        await _linked.DisposeAsync();
        _linked = await OpenAsync(commandTimeoutMs: 30_000, new RedisStoreOptions()); // a busy machine is no fault here
        var before = _linked.Link.ScriptCalls;
        var appends = Enumerable.Range(0, Messages).Select(i => _appender.New(new("acme", $"d{i % 500}"))).ToArray();
        Array.ForEach(appends, Store.Append);
        foreach (var append in appends)
        {
            Assert.Equal(AppendStatus.Stored, (await append.Completed.WaitAsync(TimeSpan.FromSeconds(60), Cancellation)).Status);
            Store.Acknowledge(append.Device, append.Stream, append.Seq);
        }

        await Store.FlushAsync(Cancellation);
        Assert.InRange(_linked.Link.ScriptCalls - before, 1, Messages / 4);
    }

    private Task<LinkedStore> OpenAsync(int commandTimeoutMs, RedisStoreOptions options)
        => LinkedStore.OpenAsync(new RedisOptions { Configuration = _server.Address, CommandTimeoutMs = commandTimeoutMs }, options);

    private async Task AppendUntilAsync(int worker, ConcurrentBag<TestAppend> stored, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var append = await AppendAsync(new("acme", $"d{worker}-{i % 50}"), $"{worker}-{i}");
            if (append.Status == AppendStatus.Stored)
            {
                stored.Add(append);
            }
        }
    }

    private Task<TestAppend> AppendAsync(DeviceKey device, string? publisherId = null) => _appender.AppendAsync(Store, device, publisherId);

    private async Task<MessageState?> StateAsync(TestAppend append)
    {
        try
        {
            return (await Store.FindAsync(append.Device.Tenant, append.MessageId, Cancellation))?.State;
        }
        catch (StoreUnavailableException)
        {
            return null; // not back yet; asked again
        }
    }

    private async Task<MessageStatus?> FindAsync(string publisherId)
    {
        try
        {
            return await Store.FindAsync(Printer, publisherId, Cancellation);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
