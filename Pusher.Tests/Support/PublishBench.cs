using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Router.Dispatch;

namespace Pusher.Tests.Support;

/// <summary>A dispatcher on a model store with one known device, ready to publish to.</summary>
public sealed class PublishBench : IDisposable
{
    public static readonly DeviceKey Printer = new("acme", "printer-1");

    public PublishBench(DispatchOptions? options = null, ModelStoreOptions? storeOptions = null)
    {
        Store = new ModelMessageStore(Time, storeOptions);
        Ids = new MessageIdGenerator(Time, 1, 0);
        Dispatcher = new Dispatcher(Store, new FixedDirectory(Printer), Bell, Bell, Unstored, Ids, Time, options ?? new DispatchOptions(), Meter);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public ModelMessageStore Store { get; }

    public RecordingDoorbell Bell { get; } = new();

    public RecordingUnstored Unstored { get; } = new();

    public MessageIdGenerator Ids { get; }

    public PusherMeter Meter { get; } = new();

    public Dispatcher Dispatcher { get; }

    /// <summary>Publishes and returns the operation, which holds its answers.</summary>
    public RecordedPublish Publish(Action<RecordedPublish>? change = null)
    {
        var operation = new RecordedPublish { Device = Printer, Payload = "order"u8.ToArray() };
        change?.Invoke(operation);
        Dispatcher.Publish(operation);
        return operation;
    }

    public void Dispose() => Meter.Dispose();
}
