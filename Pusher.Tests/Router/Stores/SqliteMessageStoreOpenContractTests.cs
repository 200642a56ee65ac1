using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>The contract, kept by the SQLite store.</summary>
public sealed class SqliteMessageStoreOpenContractTests : MessageStoreOpenContractTests
{
    private readonly StoreDirectory _directory = new();

    protected override ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings) => ReopenAsync(settings);

    protected override ValueTask<IMessageStore> ReopenAsync(StoreSettings settings) => new(SqliteStores.Open(_directory.Path, settings));

    protected override ValueTask RemoveAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
