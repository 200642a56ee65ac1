using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Tests.Router.Stores;

/// <summary>Opens a store after a crash and counts what was answered OK and is not there.</summary>
internal static class StoreAudit
{
    public static async Task<int> CountLostAsync(string dataDirectory, IEnumerable<long> answered, CancellationToken cancellationToken)
    {
        var options = new SqliteStoreOptions { DataDirectory = dataDirectory, FreeSpaceReserveBytes = 0 };
        await using var store = SqliteMessageStore.Open(options, Pusher.Router.Faults.Breakage.None);
        var lost = 0;
        foreach (var number in answered)
        {
            var device = new DeviceKey("crash", $"device-{number % 8}");
            lost += await store.FindAsync(device, number.ToString(CultureInfo.InvariantCulture), cancellationToken) is null ? 1 : 0;
        }

        return lost;
    }
}
