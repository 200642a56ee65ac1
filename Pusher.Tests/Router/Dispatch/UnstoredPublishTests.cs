using System.Buffers;
using System.Text.Json;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

/// <summary>QoS 0 through the dispatcher: what is handed on, what is answered, what is refused.</summary>
public sealed class UnstoredPublishTests : IDisposable
{
    private readonly PublishBench _bench = new(new DispatchOptions { TtlDefaultMs = 5_000 });

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Publish_DeviceOnline_HandedOnAndAnsweredAtOnceAndNotStored()
    {
        _bench.Unstored.Reach = new UnstoredReach(1, 0);
        _bench.Store.IsUnavailable = true; // it is not asked
        var reply = Publish(p => { p.Priority = 3; p.TtlMs = 60_000; });

        Assert.Equal((PublishStatus.Ok, 1, true, -1), (reply.Status, reply.Reached, reply.Online, reply.QueueDepth));
        var (device, frame) = _bench.Unstored.ToDevices.Single();
        Assert.Equal(PublishBench.Printer, device);
        var (head, body) = Read(frame);
        Assert.Equal(new PushHead { MessageId = reply.MessageId, Priority = 3, ExpiresAtUnixMs = _bench.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000 }, head);
        Assert.Equal("order"u8.ToArray(), body);
        Assert.Empty(_bench.Store.Dump());
        Assert.Empty(_bench.Bell.Messages);
        Assert.Equal(0, _bench.Dispatcher.InFlight);
    }

    [Fact]
    public void Publish_NoTimeToLive_NeverExpiresWhateverTheDefault()
    {
        Publish();
        Assert.Equal(0, Read(_bench.Unstored.ToDevices.Single().Frame).Head.ExpiresAtUnixMs);
    }

    [Fact]
    public void Publish_DeviceOffline_OkReachedNobody()
    {
        var reply = Publish();
        Assert.Equal((PublishStatus.Ok, 0, false), (reply.Status, reply.Reached, reply.Online));
    }

    // It is on its way; "reached":0 would say that the device is offline.
    [Fact]
    public void Publish_DeviceToBeLookedUp_SaysNothingOfWhoIsReached()
    {
        _bench.Unstored.Reach = new UnstoredReach(0, 0) { IsOpen = true };
        var reply = Publish();
        Assert.Equal((PublishStatus.Ok, (int?)null, (bool?)null), (reply.Status, reply.Reached, reply.Online));
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            reply.WriteTo(json);
        }

        using var document = JsonDocument.Parse(bytes.ToArray());
        Assert.Equal(["status", "message_id", "retry"], document.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void PublishToAll_OkWithNumberReached()
    {
        _bench.Unstored.Reach = new UnstoredReach(118, 2);
        var reply = Publish(p => { p.Target = PublishTarget.All; p.Device = new DeviceKey("acme", ""); });
        Assert.Equal((PublishStatus.Ok, 118, (bool?)null), (reply.Status, reply.Reached, reply.Online));
        Assert.Equal("acme", _bench.Unstored.ToTenants.Single().Tenant);
        Assert.Empty(_bench.Unstored.ToDevices);
    }

    [Fact]
    public void Publish_EveryReactorOverloaded_StoreUnavailableWorthARetry()
    {
        _bench.Unstored.Reach = new UnstoredReach(0, 5);
        var reply = Publish();
        Assert.Equal(PublishStatus.StoreUnavailable, reply.Status);
        Assert.True(reply.Status.MayRetry());
        Assert.Equal((0UL, (int?)null), (reply.MessageId, reply.Reached));
    }

    [Fact]
    public async Task Publish_AfterClose_RefusedAndNotHandedOn()
    {
        await _bench.Dispatcher.CloseAsync();
        Assert.Equal(PublishStatus.StoreUnavailable, Publish().Status);
        Assert.Empty(_bench.Unstored.ToDevices);
    }

    [Theory]
    [InlineData("id", PublishStatus.BadRequest, "Pusher-Id")]
    [InlineData("unknown", PublishStatus.UnknownDevice, "no such device")]
    [InlineData("tenant", PublishStatus.BadRequest, "tenant")]
    [InlineData("qos1", PublishStatus.BadRequest, "QoS 0 only")]
    [InlineData("large", PublishStatus.TooLarge, "limit")]
    public void Publish_Bad_RefusedWithReasonAndNotHandedOn(string what, PublishStatus status, string part)
    {
        var reply = Publish(p =>
        {
            p.PublisherId = what == "id" ? "order-1" : null;
            p.Device = what switch
            {
                "unknown" => new DeviceKey("acme", "other"),
                "tenant" => new DeviceKey("no good", ""),
                _ => p.Device,
            };
            p.Target = what is "tenant" or "qos1" ? PublishTarget.All : PublishTarget.Device;
            p.Qos = what == "qos1" ? 1 : 0;
            p.Payload = what == "large" ? new byte[65_537] : p.Payload;
        });

        Assert.Equal(status, reply.Status);
        Assert.Contains(part, reply.Error, StringComparison.Ordinal);
        Assert.Empty(_bench.Unstored.ToDevices);
        Assert.Empty(_bench.Unstored.ToTenants);
        Assert.Empty(_bench.Store.Dump());
    }

    private PublishReply Publish(Action<RecordedPublish>? change = null) => _bench.Publish(p =>
    {
        p.Qos = 0;
        change?.Invoke(p);
    }).Reply;

    private static (PushHead Head, byte[] Body) Read(byte[] frame)
    {
        var rest = new ReadOnlySequence<byte>(frame);
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref rest, 1 << 20, out var header, out var payload, out _));
        Assert.True(rest.IsEmpty);
        Assert.Equal(FrameType.Push, header.Type);
        Assert.True(PushHead.TryRead(in payload, out var head, out var body));
        return (head, body.ToArray());
    }
}
