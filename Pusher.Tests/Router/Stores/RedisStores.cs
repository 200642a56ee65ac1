using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>One redis-server and the store in it: what a class of contract tests needs. Small bounds, so that their edges are reached.</summary>
public class RedisStores : IContractStores, IAsyncLifetime
{
    private LinkedStore? _store;
    private RedisServerProcess? _server;

    private RedisServerProcess Server => _server!;

    /// <summary>Where the store is.</summary>
    protected virtual string Address => Server.Address;

    public virtual async ValueTask InitializeAsync() => _server = await RedisServerProcess.StartNewAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Makes it hold nothing.</summary>
    protected virtual Task EmptyAsync() => Server.CommandAsync("FLUSHALL");

    /// <summary>Opens a store that holds nothing.</summary>
    public async ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings)
    {
        await EmptyAsync();
        return await ReopenAsync(settings);
    }

    /// <summary>Opens the store with what it holds, on a new connection.</summary>
    public async ValueTask<IMessageStore> ReopenAsync(StoreSettings settings)
    {
        await CloseAsync();
        _store = await LinkedStore.OpenAsync(Address, Options(settings));
        return _store.Store;
    }

    public async ValueTask CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    internal static RedisStoreOptions Options(StoreSettings settings) => new()
    {
        QueueMessagesMax = settings.QueueMessagesMax,
        QueueBytesMax = settings.QueueBytesMax,
        DedupeRetention = settings.DedupeRetention,
        StatusRetention = settings.StatusRetention,
        Time = settings.Time,
        BatchRequestsMax = 64,
    };
}
