namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the SQLite store.</summary>
public sealed class SqliteMessageStoreModelTests() : MessageStoreModelTests(new SqliteContractStores());
