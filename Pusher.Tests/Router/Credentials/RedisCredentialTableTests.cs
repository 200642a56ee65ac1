using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Router.Credentials;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Tests.Router.Routes;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Credentials;

/// <summary>Credentials in a real Redis.</summary>
public sealed class RedisCredentialTableTests(RedisServer redis) : IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisLink _link = null!;
    private RedisCredentialTable _table = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await redis.Process.CommandAsync("FLUSHALL");
        _link = await RedisLink.ConnectAsync(RedisServerProcess.Patient(redis.Process.Address));
        _table = new RedisCredentialTable(_link);
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    [Fact]
    public async Task Write_NewSameAndOther_AddedUnchangedKeptReplaced()
    {
        Assert.Equal([CredentialOutcome.Added, CredentialOutcome.Added], await WriteAsync(false, Entry("a", 1), Entry("b", 2, "s1")));
        Assert.Equal([CredentialOutcome.Unchanged, CredentialOutcome.Kept], await WriteAsync(false, Entry("a", 1), Entry("b", 3, "s1")));
        Assert.Equal(new SharedCredential(Key(2), "s1"), await FindAsync("b"));
        Assert.Equal([CredentialOutcome.Replaced], await WriteAsync(true, Entry("b", 3)));
        Assert.Equal(new SharedCredential(Key(3), null), await FindAsync("b"));
    }

    [Fact]
    public async Task Remove_ThereAndNotThere()
    {
        await WriteAsync(false, Entry("a", 1));
        Assert.True(await _table.RemoveAsync(Device("a"), Cancellation));
        Assert.False(await _table.RemoveAsync(Device("a"), Cancellation));
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task List_AllOfManyPartitions()
    {
        var entries = Enumerable.Range(0, 300).Select(i => Entry($"printer-{i}", 1, i % 2 == 0 ? "s1" : null)).ToArray();
        await WriteAsync(false, entries);
        var listed = new List<string>();
        await foreach (var (device, store) in _table.ListAsync(Cancellation))
        {
            listed.Add($"{device} {store}");
        }

        Assert.Equal(entries.Select(e => $"{e.Device} {e.Store}").Order(), listed.Order());
    }

    [Fact]
    public async Task Find_RedisGone_SaysThatItIsUnavailable()
    {
        await _link.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => FindAsync("a"));
    }

    private static DeviceKey Device(string name) => new("acme", name);

    private static StoredKey Key(byte first)
    {
        var bytes = new byte[StoredKey.Length];
        bytes[0] = first;
        bytes[^1] = 0xff; // no text in any encoding
        return StoredKey.FromHash(bytes);
    }

    private static CredentialsEntry Entry(string name, byte key, string? store = null) => new(Device(name), Key(key), store, null);

    private Task<IReadOnlyList<CredentialOutcome>> WriteAsync(bool replace, params CredentialsEntry[] entries) => _table.WriteAsync(entries, replace, Cancellation);

    private async Task<SharedCredential?> FindAsync(string name) => await _table.FindAsync(Device(name), Cancellation);
}
