using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a single Redis.</summary>
public sealed class RedisMessageStoreModelTests(RedisStores redis) : MessageStoreModelTests(redis), IClassFixture<RedisStores>;
