using Pusher.Router.Faults;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Tests.Router.Stores;

/// <summary>Opens SQLite stores for tests: small bounds, so that their edges are reached.</summary>
internal static class SqliteStores
{
    public static SqliteStoreOptions Options(string directory, StoreSettings settings) => new()
    {
        DataDirectory = directory,
        QueueMessagesMax = settings.QueueMessagesMax,
        QueueBytesMax = settings.QueueBytesMax,
        DedupeRetention = settings.DedupeRetention,
        StatusRetention = settings.StatusRetention,
        Time = settings.Time,
        BatchRequestsMax = 64,
        DevicesInMemoryMax = 16,
        FreeSpaceReserveBytes = 0,
        WalBytesTarget = 1 << 20,
    };

    public static SqliteMessageStore Open(string directory, StoreSettings settings, Breakage breakage = Breakage.None)
        => SqliteMessageStore.Open(Options(directory, settings), breakage);
}
