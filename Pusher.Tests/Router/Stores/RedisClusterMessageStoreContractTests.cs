using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a Redis Cluster.</summary>
public sealed class RedisClusterMessageStoreContractTests(RedisClusterStores redis) : MessageStoreContractTests(redis), IClassFixture<RedisClusterStores>;
