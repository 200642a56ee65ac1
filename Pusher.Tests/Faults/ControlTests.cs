using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>Negative controls: with a guarantee switched off, the very runs that are clean elsewhere must be red.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class ControlTests
{
    private static readonly string[] Broken = ["--insecure-dev"];

    [Fact]
    public async Task WithoutStore_Kill_LosesAcceptedMessages()
    {
        await using var run = await LoadRun.StartAsync(devices: 3, [("PUSHER_BREAK", "store")], Broken);
        run.StartPublishers(count: 1, outstanding: 8, messagesMax: 200);
        await run.Publishers[0].AllSettledAsync();

        await run.Node.KillAsync();
        await run.Node.StartAgainAsync();
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 1, outstanding: 8, messagesMax: 30);
        await run.HandedMoreAsync(30);

        var report = run.Checker.Report();
        Assert.False(report.IsClean);
        Assert.Equal(200, report.Lost);
    }

    [Fact]
    public async Task WithStore_SameRun_LosesNothing()
    {
        await using var run = await LoadRun.StartAsync(devices: 3);
        run.StartPublishers(count: 1, outstanding: 8, messagesMax: 200);
        await run.Publishers[0].AllSettledAsync();

        await run.Node.KillAsync();
        await run.Node.StartAgainAsync();
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 1, outstanding: 8, messagesMax: 30);
        await run.Publishers[1].AllSettledAsync();

        run.AssertClean(await run.FinishAsync(), acceptedMin: 230);
    }

    [Theory]
    [InlineData("dedupe", true)]
    [InlineData("", false)]
    public async Task PublisherRetries_HandedTwiceOnlyWithoutDedupe(string broken, bool expectDuplicates)
    {
        await using var run = await LoadRun.StartAsync(devices: 2, [("PUSHER_BREAK", broken)], Broken);
        await run.ConnectDevicesAsync();
        await using var client = await RawNatsClient.ConnectAsync(run.Nats.Port);
        var device = run.Identities[0].Identity;
        var places = new HashSet<ulong>();
        for (var i = 0; i < 40; i++)
        {
            var value = $"v{i / 2}"; // every message twice, as after a time-out
            var reply = await client.RequestAsync($"pusher.pub.acme.device.{device.Device}", value + " ", ("Pusher-Id", value));
            var seq = reply!.Json.GetProperty("seq").GetUInt64();
            run.Checker.Accepted(device, value);
            places.Add(seq);
        }

        await Eventually.TrueAsync(() => run.Handed >= places.Count, "all that was stored is handed over");

        var report = run.Checker.Report();
        Assert.Equal(expectDuplicates ? 20 : 0, report.DupHanded);
        Assert.Equal(!expectDuplicates, report.IsClean);
        Assert.Equal(0, report.Lost);
    }

    [Theory]
    [InlineData("dedupe", 20)]
    [InlineData("", 0)]
    public async Task BatchPublishedAgain_HandedTwiceOnlyWithoutDedupe(string broken, int duplicates)
    {
        await using var run = await LoadRun.StartAsync(devices: 2, [("PUSHER_BREAK", broken)], Broken);
        await run.ConnectDevicesAsync();
        await using var client = await RawNatsClient.ConnectAsync(run.Nats.Port);
        var device = run.Identities[0].Identity;
        var batch = BatchBytes.Of([.. Enumerable.Range(0, 20).Select(i => (device.Device, (string?)$"v{i}", $"v{i} "))]);
        var places = new HashSet<ulong>();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var answer = BatchBytes.Read((await client.RequestAsync("pusher.pub.acme.batch", batch))!.Payload);
            places.UnionWith(answer.Results.Select(r => r.Seq));
        }

        for (var i = 0; i < 20; i++)
        {
            run.Checker.Accepted(device, $"v{i}");
        }

        await Eventually.TrueAsync(() => run.Handed >= places.Count, "all that was stored is handed over");

        var report = run.Checker.Report();
        Assert.Equal((duplicates, 0), (report.DupHanded, report.Lost));
        Assert.Equal(duplicates == 0, report.IsClean);
    }

    [Fact]
    public async Task WithoutResume_WhatWaitedForTheDevice_DoesNotCome()
    {
        await using var run = await LoadRun.StartAsync(devices: 2, [("PUSHER_BREAK", "resume")], Broken);
        run.StartPublishers(count: 1, outstanding: 4, messagesMax: 50);
        await run.Publishers[0].AllSettledAsync();
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 1, outstanding: 4, messagesMax: 50);
        await run.Publishers[1].AllSettledAsync();

        // The stores of a session that skips what waits hold it for ever; the new ones are stuck behind the gap or come alone.
        Assert.True(run.Checker.Report().Lost >= 50);
        Assert.False(run.Checker.Report().IsClean);
    }

    [Fact]
    public async Task WithoutRetry_UnacknowledgedPush_NeverComesAgain()
    {
        await using var run = await LoadRun.StartAsync(devices: 1, [("PUSHER_BREAK", "retry,sweep")], [.. Broken, "--ack-timeout", "100ms"]);
        var (raw, _) = await RawDevice.LoginNewAsync(run.Node.Listen, run.Identities[0]);
        await using var disposal = raw;
        await run.Node.PublishAsync(run.Identities[0], "once");
        Assert.Equal("once", (await raw.ReadAsync(FrameType.Push)).BodyText);

        var next = raw.ReadAsync();
        for (var i = 0; i < 10; i++)
        {
            await raw.HeartbeatAsync();
            var frame = await next;
            Assert.Equal(FrameType.Heartbeat, frame.Type);
            next = raw.ReadAsync();
            await Task.WhenAny(next, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        Assert.False(next.IsCompleted); // in the sound server the second copy comes after 100 ms: PublishTests
    }

    [Fact]
    public async Task WithoutFence_OlderLogin_IsNotReplaced()
    {
        await using var run = await LoadRun.StartAsync(devices: 1, [("PUSHER_BREAK", "fence")], Broken);
        var (older, _) = await RawDevice.LoginNewAsync(run.Node.Listen, run.Identities[0]);
        var (newer, _) = await RawDevice.LoginNewAsync(run.Node.Listen, run.Identities[0]);
        await using var first = older;
        await using var second = newer;

        await older.HeartbeatAsync();

        Assert.Equal(FrameType.Heartbeat, (await older.ReadAsync()).Type); // the sound server says GOAWAY: SessionTests
    }
}
