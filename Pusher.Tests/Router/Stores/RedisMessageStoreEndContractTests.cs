using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the store in a single Redis.</summary>
public sealed class RedisMessageStoreEndContractTests(RedisStores redis) : MessageStoreEndContractTests(redis), IClassFixture<RedisStores>;
