using Pusher.Tests.Support;

namespace Pusher.Tests.Router.Stores;

/// <summary>A Redis Cluster of three servers: each refuses a script that touches what another one has, or two slots.</summary>
public sealed class RedisClusterStores : RedisStores
{
    private RedisShards? _shards;

    protected override string Address => _shards!.Address;

    public override async ValueTask InitializeAsync() => _shards = await RedisShards.StartNewAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_shards is not null)
        {
            await _shards.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>One command to each server.</summary>
    public Task CommandAllAsync(string command) => _shards!.CommandAllAsync(command);

    protected override Task EmptyAsync() => CommandAllAsync("FLUSHALL");
}
