using Pusher.Router.Faults;
using Pusher.Router.Redis;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;

namespace Pusher.Tests.Router.Stores;

/// <summary>What a node has of Redis to store messages: a link of its own and the store behind it, open and closed together. Two of them are two nodes.</summary>
internal sealed class LinkedStore : IAsyncDisposable
{
    private LinkedStore(RedisLink link, RedisMessageStore store)
    {
        Link = link;
        Store = store;
    }

    public RedisLink Link { get; }

    public RedisMessageStore Store { get; }

    /// <summary>Opens the store of the Redis at <paramref name="address"/>.</summary>
    public static Task<LinkedStore> OpenAsync(string address, RedisStoreOptions? options = null) => OpenAsync(RedisServerProcess.Patient(address), options);

    /// <summary>The same over a link that is not the usual one.</summary>
    public static async Task<LinkedStore> OpenAsync(RedisOptions link, RedisStoreOptions? options = null)
    {
        var connected = await RedisLink.ConnectAsync(link);
        try
        {
            return new LinkedStore(connected, await RedisMessageStore.OpenAsync(connected, options ?? new RedisStoreOptions(), Breakage.None));
        }
        catch
        {
            await connected.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Link.DisposeAsync();
    }
}
