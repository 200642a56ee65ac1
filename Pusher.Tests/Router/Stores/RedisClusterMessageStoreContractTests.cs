using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a Redis Cluster.</summary>
public sealed class RedisClusterMessageStoreContractTests(RedisClusterStores redis) : MessageStoreContractTests, IClassFixture<RedisClusterStores>
{
    protected override ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings) => redis.OpenEmptyAsync(settings);

    protected override ValueTask<IMessageStore> ReopenAsync(StoreSettings settings) => redis.ReopenAsync(settings);

    protected override ValueTask RemoveAsync() => redis.CloseAsync();
}
