using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Stores.Sqlite;
using Pusher.Tests.Transport.Contract;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>What logins leave behind stays in the server's memory until the next collection, which may be long after ten thousand of them.</summary>
[Collection(AloneDefinition.Name)]
public sealed class SqliteOpenAllocationTests : IDisposable
{
    private const int Logins = 2_000;
    private const int BytesPerLoginMax = 32; // a segment of a queue now and then

    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OpenAsync_NothingPublished_LeavesNoGarbage()
    {
        await using var store = SqliteStores.Open(_directory.Path, new StoreSettings());
        var device = new DeviceKey("acme", "printer-1");
        await OpenAsync(device, store);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await OpenAsync(device, store);
        Assert.InRange((GC.GetTotalAllocatedBytes(precise: true) - before) / Logins, 0, BytesPerLoginMax);
    }

    private static async Task OpenAsync(DeviceKey device, SqliteMessageStore store)
    {
        for (var i = 0; i < Logins; i++)
        {
            Assert.Same(DeviceOpened.Nothing, await store.OpenAsync(device, default, CancellationToken.None));
        }
    }
}
