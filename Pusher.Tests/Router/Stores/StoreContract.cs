using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>What the contract tests of every message store share: a fresh store, and short words for what they do with it.</summary>
public abstract class StoreContract(IContractStores stores) : IAsyncLifetime
{
    private ulong _lastId = 1_000;

    protected static readonly DeviceKey Printer = new("acme", "printer-1");
    protected static readonly DeviceKey Kitchen = new("acme", "kitchen-1");
    protected static readonly DeviceKey Foreign = new("other", "printer-1");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected IMessageStore Store { get; private set; } = null!;

    protected StoreSettings Settings { get; private set; } = new();

    protected FakeTimeProvider Time => Settings.Time;

    protected long NowUnixMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask InitializeAsync() => Store = await stores.OpenEmptyAsync(Settings);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await stores.CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Goes on with other settings, keeping the data.</summary>
    protected async Task UseAsync(StoreSettings settings)
    {
        await Store.DisposeAsync();
        Settings = settings;
        Store = await stores.ReopenAsync(settings);
    }

    /// <summary>Closes the store and opens it again.</summary>
    protected Task RestartAsync() => UseAsync(Settings);

    protected ulong NextId() => Interlocked.Increment(ref _lastId);

    protected TestAppend NewAppend(DeviceKey device, string? publisherId = null, string payload = "order", TimeSpan? timeToLive = null) => new()
    {
        Device = device,
        MessageId = NextId(),
        PublisherId = publisherId,
        Payload = Encoding.UTF8.GetBytes(payload),
        AcceptedAtUnixMs = NowUnixMs,
        ExpiresAtUnixMs = timeToLive is { } time ? NowUnixMs + (long)time.TotalMilliseconds : 0,
    };

    protected async Task<TestAppend> AppendAsync(DeviceKey device, string? publisherId = null, string payload = "order", TimeSpan? timeToLive = null)
    {
        var append = NewAppend(device, publisherId, payload, timeToLive);
        Store.Append(append);
        return await append.Completed.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    /// <summary>Appends <paramref name="count"/> messages that must be stored; returns them.</summary>
    protected async Task<TestAppend[]> AppendManyAsync(DeviceKey device, int count)
    {
        var appends = Enumerable.Range(0, count).Select(_ => NewAppend(device)).ToArray();
        foreach (var append in appends)
        {
            Store.Append(append);
        }

        foreach (var append in appends)
        {
            await append.Completed.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            Assert.Equal(AppendStatus.Stored, append.Status);
        }

        return appends;
    }

    protected async Task AcknowledgeAsync(DeviceKey device, uint stream, ulong seq)
    {
        Store.Acknowledge(device, stream, seq);
        await Store.FlushAsync(Cancellation);
    }

    protected ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq = 0, int messagesMax = 1_000, int bytesMax = 1 << 20)
        => Store.ReadAsync(device, stream, afterSeq, messagesMax, bytesMax, Cancellation);

    protected async Task<MessageStatus> StatusAsync(TestAppend append)
    {
        var status = await Store.FindAsync(append.Device.Tenant, append.MessageId, Cancellation);
        Assert.NotNull(status);
        return status;
    }

    protected async Task<MessageState> StateAsync(TestAppend append) => (await StatusAsync(append)).State;

    protected ValueTask<DeviceOpened> OpenDeviceAsync(DeviceKey device, params StreamPosition[] seen) => Store.OpenAsync(device, seen, Cancellation);
}
