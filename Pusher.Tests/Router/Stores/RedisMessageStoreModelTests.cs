using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a single Redis.</summary>
public sealed class RedisMessageStoreModelTests(RedisStores redis) : MessageStoreModelTests, IClassFixture<RedisStores>
{
    protected override ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings) => redis.OpenEmptyAsync(settings);

    protected override ValueTask<IMessageStore> ReopenAsync(StoreSettings settings) => redis.ReopenAsync(settings);

    protected override ValueTask RemoveAsync() => redis.CloseAsync();
}
