using System.Net;
using System.Text;
using Pusher.Client.Devices;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>What the server depends on goes away and comes back, while the server stays.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class OutageTests
{
    [Fact]
    public async Task Nats_KilledAndStartedAgain_NoFalseOkAndRecoversAlone()
    {
        await using var run = await LoadRun.StartAsync(devices: 3);
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 2, outstanding: 8);
        await run.HandedMoreAsync(300);
        await run.Nats.KillAsync();
        await Eventually.TrueAsync(async () => (await run.Node.GetAsync("readyz")).Code == HttpStatusCode.ServiceUnavailable, "readiness fails without NATS");
        var (code, reply) = await run.Node.PublishAsync(run.Identities[0], "http ", ("Pusher-Id", "http"));
        Assert.Equal((HttpStatusCode.OK, "ok"), (code, reply.GetProperty("status").GetString()));
        run.Checker.Accepted(run.Identities[0].Identity, "http", atMs: Environment.TickCount64);
        Assert.All(run.Devices, d => Assert.Equal(ClientSessionState.Online, d.Client.State));
        await run.Nats.StartAsync();
        await Eventually.TrueAsync(async () => (await run.Node.GetAsync("readyz")).Code == HttpStatusCode.OK, "readiness comes back");

        await run.HandedMoreAsync(300);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 600);
        Assert.DoesNotContain("   at ", run.Node.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nats_Gone_EventOfADeviceIsAnsweredUnavailable()
    {
        await using var run = await LoadRun.StartAsync(devices: 1);
        var (raw, _) = await RawDevice.LoginNewAsync(run.Node.Listen, run.Identities[0]);
        await using var disposal = raw;
        await run.Nats.KillAsync();
        await Eventually.TrueAsync(async () => (await run.Node.GetAsync("readyz")).Code == HttpStatusCode.ServiceUnavailable, "the server knows that NATS is gone");

        await raw.SendAsync(o => FrameWriter.WriteEvent(o, FrameFlags.None, 3, "door", "open"u8));

        Assert.Equal((3UL, EventStatus.Unavailable), (await raw.ReadAsync(FrameType.EventAck)).EventAnswer);
    }

    [Fact]
    public async Task DiskFull_PublishesRefused_DeliveriesGoOn_AndServiceComesBack()
    {
        await using var disk = await SmallDisk.MountAsync(megabytes: 24);
        await using var run = await LoadRun.StartAsync(devices: 3, options: ["--disk-reserve", "8m", "--queue-bytes", "64m", "--queue-messages", "100000"], dataDirectory: Path.Combine(disk.Path, "data"));
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 1, outstanding: 8);
        await run.HandedMoreAsync(200);

        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[disk.FreeBytes() - (4 << 20)], TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => run.Publishers[0].Refused > 20, "publishes are refused while the disk is full");
        var (code, reply) = await run.Node.PublishAsync(run.Identities[0], "refused ", ("Pusher-Id", "refused"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store_unavailable"), (code, reply.GetProperty("status").GetString()));
        Assert.True(reply.GetProperty("retry").GetBoolean());
        await Eventually.TrueAsync(() => run.Checker.Outstanding == 0, "what was accepted before is delivered on a full disk");

        File.Delete(ballast);
        await run.HandedMoreAsync(200);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 400);
    }

    [Fact]
    public async Task Data_Emptied_DeviceIsResetAndTheFirstNewMessageArrives()
    {
        await using var run = await LoadRun.StartAsync(devices: 2);
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 1, outstanding: 4, messagesMax: 100);
        await run.Publishers[0].AllSettledAsync();
        await Eventually.TrueAsync(() => run.Checker.Outstanding == 0, "all is handed over");
        var login = run.Devices[0].Client.Login!;
        await run.Node.KillAsync();
        Directory.Delete(run.Node.DataDirectory, recursive: true);
        await run.Node.StartAgainAsync();
        await Expect.TrueAsync(() => run.Devices.All(d => d.Client.Login!.Epoch > login.Epoch), "the devices are back, with a higher epoch", run.Describe);

        run.StartPublishers(count: 1, outstanding: 4, messagesMax: 100);
        await run.Publishers[1].AllSettledAsync();

        run.AssertClean(await run.FinishAsync(), acceptedMin: 200);
        Assert.Contains("lost", run.Node.Logs, StringComparison.Ordinal);
        var (_, metrics) = await run.Node.GetAsync("metrics");
        Assert.Contains(metrics.Split('\n'), l => l.StartsWith("pusher_store_stream_resets_", StringComparison.Ordinal) && l.EndsWith(" 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SlowReader_IsClosed_AndItsNeighboursAreNotDisturbed()
    {
        await using var run = await LoadRun.StartAsync(devices: 4, options: ["--window-bytes", "4m", "--send-stall", "1s", "--ack-timeout", "5s", "--queue-bytes", "16m"]);
        var slow = run.Identities[3];
        run.Identities.RemoveAt(3);
        await run.ConnectDevicesAsync();
        await using var raw = await RawDevice.ConnectAsync(run.Node.Listen, receiveBufferBytes: 4_096);
        await raw.LoginAsync(slow, window: 256);
        var payload = Encoding.ASCII.GetBytes(new string('s', 60_000));
        for (var i = 0; i < 150; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await run.Node.PublishAsync("acme", slow.Identity.Device, payload)).Code);
        }

        run.StartPublishers(count: 1, outstanding: 8);
        await Eventually.TrueAsync(
            async () => (await run.Node.GetAsync("metrics")).Body.Split('\n').Any(l => l.StartsWith("pusher_closes", StringComparison.Ordinal) && l.Contains("SlowReader", StringComparison.Ordinal)),
            "the slow reader is closed");
        await Eventually.TrueAsync(() => run.Checker.Report().Accepted >= 100, "the neighbours' orders go on");

        var report = await run.FinishAsync();
        run.AssertClean(report, acceptedMin: 100);
        Assert.All(run.Devices, d => Assert.Equal(ClientSessionState.Online, d.Client.State));
    }

    [Fact]
    public async Task DeviceProcessDies_BeforeItsAck_RingFileKeepsItFromPrintingTwice()
    {
        await using var run = await LoadRun.StartAsync(devices: 1);
        var device = run.Identities[0];
        var ring = Path.Combine(Path.GetDirectoryName(run.Node.Credentials.Path)!, "ring");
        run.StartPublishers(count: 1, outstanding: 4, messagesMax: 300);

        // Each life of the printer ends after some messages, wherever it stands; the ring file is all that the next one knows.
        var lives = 0;
        while (run.Checker.Outstanding > 0 || run.Settled < 300)
        {
            Assert.True(++lives < 200, "the printer gets nowhere");
            var printer = new LoadDevice(device, run.Node.Listen, run.Checker, o => o with { RingFile = ring, StopTimeoutMs = 0 }).Start();
            var before = printer.Handed;
            await Eventually.TrueAsync(() => printer.Handed > before + 40 || (run.Settled >= 300 && run.Checker.Outstanding == 0), "the printer prints");
            await printer.DisposeAsync();
        }

        var report = run.Checker.Report();
        run.AssertClean(report, acceptedMin: 300);
        Assert.True(lives > 2);
    }
}
