using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a Redis Cluster.</summary>
public sealed class RedisClusterMessageStoreModelTests(RedisClusterStores redis) : MessageStoreModelTests(redis), IClassFixture<RedisClusterStores>;
