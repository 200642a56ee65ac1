using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Thousands of random operations on a store and on a simple model of it; both must tell the same story after each.</summary>
public abstract class MessageStoreModelTests(IContractStores stores) : StoreContract(stores)
{
    private const int Operations = 10_000;

    [Theory]
    [InlineData(1)]
    [InlineData(20_260_301)]
    public async Task RandomOperations_AnyOrder_AgreeWithTheModel(int seed)
    {
        await UseAsync(Settings with { QueueMessagesMax = 12, QueueBytesMax = 400 });
        var random = new Random(seed);
        var model = new StoreModel(Settings);
        var devices = Enumerable.Range(0, 24).Select(i => new DeviceKey($"t{i % 2}", $"d{i}")).ToArray();
        for (var step = 0; step < Operations; step++)
        {
            try
            {
                await StepAsync(random, model, devices[random.Next(devices.Length)]);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new InvalidOperationException($"Seed {seed}, step {step}: {e.Message}", e);
            }
        }

        foreach (var device in devices)
        {
            await CheckPageAsync(model, device);
        }

        foreach (var message in model.All)
        {
            var status = await Store.FindAsync(message.Device.Tenant, message.MessageId, Cancellation);
            Assert.Equal((message.State, message.Stream, message.Seq, message.Result), (status!.State, status.Stream, status.Seq, status.Result));
        }
    }

    private async Task StepAsync(Random random, StoreModel model, DeviceKey device)
    {
        var choice = random.Next(1_000);
        switch (choice)
        {
            case < 450:
                await AppendAsync(random, model, device);
                break;
            case < 650:
                var seq = model.RandomSeq(random, device);
                Store.Acknowledge(device, model.StreamOf(device), seq);
                model.Acknowledge(device, seq, NowUnixMs);
                break;
            case < 800 when model.RandomMessage(random) is { } any:
                var result = (DeliveryResult)random.Next(1, 4);
                Store.RecordDone(any.Device, any.MessageId, result, null);
                StoreModel.RecordDone(any, result);
                break;
            case < 830:
                var given = model.RandomSeq(random, device);
                Assert.Equal(model.GiveUp(device, given), await Store.GiveUpAsync(device, model.StreamOf(device), given, Cancellation));
                break;
            case < 860:
                Time.Advance(TimeSpan.FromSeconds(random.Next(30)));
                var expired = await Store.SweepAsync(Cancellation);
                Assert.Equal(model.Expire(NowUnixMs), expired.Select(s => s.MessageId).Order());
                break;
            case < 900:
                await LogInAsync(random, model, device);
                break;
            case < 998:
                await Store.FlushAsync(Cancellation);
                await CheckPageAsync(model, device);
                break;
            default:
                await RestartAsync();
                break;
        }
    }

    private async Task AppendAsync(Random random, StoreModel model, DeviceKey device)
    {
        var append = NewAppend(
            device,
            random.Next(3) == 0 ? null : $"p{random.Next(400)}",
            new string('x', random.Next(80)),
            random.Next(2) == 0 ? null : TimeSpan.FromSeconds(random.Next(1, 200)));
        var ownId = append.MessageId;
        Store.Append(append);
        await append.Completed;
        var expected = model.Append(append, ownId, NowUnixMs);
        Assert.Equal(expected.Status, append.Status);
        Assert.Equal(expected.Depth, append.QueueDepth);
        if (expected.Message is { } message)
        {
            Assert.Equal((message.MessageId, message.Stream, message.Seq), (append.MessageId, append.Stream, append.Seq));
        }
    }

    private async Task LogInAsync(Random random, StoreModel model, DeviceKey device)
    {
        var stream = model.StreamOf(device);
        if (stream == 0)
        {
            Assert.Empty((await OpenDeviceAsync(device)).Streams);
            return;
        }

        // A seen position cannot be trusted below acknowledgements that are still on their way: let them arrive.
        await Store.FlushAsync(Cancellation);
        var seen = random.Next(4) == 0 ? model.LastSeq(device) + (ulong)random.Next(1, 5) : model.RandomSeq(random, device);
        var opened = await OpenDeviceAsync(device, new StreamPosition(stream, seen));
        var state = Assert.Single(opened.Streams);
        var lost = model.LogIn(device, seen, state.Stream, NowUnixMs);
        Assert.Equal(new StreamState(state.Stream, model.AckedSeq(device), model.LastSeq(device)), state);
        Assert.Equal(lost == 0 ? [] : [new StreamReset(stream, state.Stream, lost)], opened.Resets);
    }

    private async Task CheckPageAsync(StoreModel model, DeviceKey device)
    {
        var stream = model.StreamOf(device);
        if (stream == 0)
        {
            return;
        }

        var after = model.AckedSeq(device);
        var page = await ReadAsync(device, stream, after);
        Assert.Equal((model.LastSeq(device), model.LastSeq(device)), (page.LastSeq, page.ThroughSeq));
        Assert.Equal(model.Pending(device).Select(m => (m.MessageId, m.Seq, m.Bytes)), page.Messages.Select(m => (m.MessageId, m.Seq, m.Payload.Length)));
        var gaps = page.Gaps.SelectMany(g => Enumerable.Range(0, (int)(g.LastSeq - g.FirstSeq + 1)).Select(i => (g.FirstSeq + (ulong)i, g.Reason)));
        Assert.Equal(model.Gaps(device), gaps);
    }
}
