using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>SQLite stores in a directory of their own.</summary>
public sealed class SqliteContractStores : IContractStores
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-store-").FullName;

    public ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings) => ReopenAsync(settings);

    public ValueTask<IMessageStore> ReopenAsync(StoreSettings settings) => new(SqliteStores.Open(_directory, settings));

    public ValueTask CloseAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
