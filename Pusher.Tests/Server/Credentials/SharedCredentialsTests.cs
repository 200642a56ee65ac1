using System.Collections.Concurrent;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Credentials;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;
using Xunit;

namespace Pusher.Tests.Server.Credentials;

public sealed class SharedCredentialsTests : IDisposable
{
    private static readonly DeviceKey Printer = new("acme", "printer");
    private static readonly DeviceKey Nobody = new("acme", "nobody");

    private readonly Table _table = new();
    private readonly SharedCredentials _credentials;
    private readonly List<DeviceKey> _revoked = [];

    public SharedCredentialsTests()
    {
        _credentials = new SharedCredentials(_table, new CacheOptions { Name = "test", KeepMs = int.MaxValue, KeepAbsentMs = int.MaxValue }, TimeProvider.System);
        _credentials.Changed += _revoked.AddRange;
        _table.Keys[Printer] = Key(1);
    }

    public void Dispose() => _credentials.Dispose();

    // Not from the cache: a device whose proof does not fit what is cached may have a new key.
    [Fact]
    public async Task Ask_KeyChangedUnheard_BringsTheNewOne()
    {
        Assert.Equal(new CredentialAnswer(Key(1), true), await _credentials.AskAsync(Printer));
        _table.Keys[Printer] = Key(2);
        Assert.Equal(Key(1), Cached(Printer)); // what a lost word of the change leaves
        Assert.Equal(new CredentialAnswer(Key(2), true), await _credentials.AskAsync(Printer));
        Assert.Equal(Key(2), Cached(Printer));
    }

    [Fact]
    public async Task Ask_Unknown_IsCurrentAndNone()
        => Assert.Equal(new CredentialAnswer(null, true), await _credentials.AskAsync(Nobody));

    [Fact]
    public async Task Ask_TableAway_KnownGoesOnAndUnknownIsNotSaidToBeWrong()
    {
        await _credentials.AskAsync(Printer);
        _table.IsUnavailable = true;
        Assert.Equal(new CredentialAnswer(Key(1), false), await _credentials.AskAsync(Printer));
        Assert.Equal(new CredentialAnswer(null, false), await _credentials.AskAsync(Nobody));
        Assert.True(await _credentials.KnowsAsync(Printer, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _credentials.KnowsAsync(Nobody, CancellationToken.None));
    }

    [Fact]
    public async Task Knows_BeforeAndAfterAsking()
    {
        Assert.Equal(((bool?)null, (bool?)null), (_credentials.Knows(Printer), _credentials.Knows(Nobody)));
        Assert.True(await _credentials.KnowsAsync(Printer, CancellationToken.None));
        Assert.False(await _credentials.KnowsAsync(Nobody, CancellationToken.None));
        Assert.Equal(((bool?)true, (bool?)false), (_credentials.Knows(Printer), _credentials.Knows(Nobody)));
        Assert.Equal(2, _table.Asked);
    }

    [Fact]
    public async Task OnChanged_Revoked_IsForgottenAndSessionsEnd()
    {
        await _credentials.AskAsync(Printer);
        _table.Keys.TryRemove(Printer, out _);
        _credentials.OnChanged(Printer, isRevoked: true);
        Assert.Null(Cached(Printer));
        Assert.Equal([Printer], _revoked);
        _table.IsUnavailable = true; // not even then is it remembered
        Assert.Equal(new CredentialAnswer(null, false), await _credentials.AskAsync(Printer));
    }

    [Fact]
    public async Task OnChanged_Added_NobodyHasToGo()
    {
        Assert.False(await _credentials.KnowsAsync(Nobody, CancellationToken.None));
        _table.Keys[Nobody] = Key(3);
        _credentials.OnChanged(Nobody, isRevoked: false);
        Assert.True(await _credentials.KnowsAsync(Nobody, CancellationToken.None));
        Assert.Empty(_revoked);
    }

    // The look-up read the old key, then the key was taken away, then the answer came.
    [Fact]
    public async Task OnChanged_WhileALookUpIsUnderWay_ItsAnswerIsNotKept()
    {
        _table.Gate = new TaskCompletionSource();
        var asking = _credentials.AskAsync(Printer);
        _table.Keys.TryRemove(Printer, out _);
        _credentials.OnChanged(Printer, isRevoked: true);
        _table.Gate.SetResult();
        await asking;
        Assert.Null(Cached(Printer));
        Assert.Null(_credentials.Knows(Printer));
    }

    private static StoredKey Key(byte first)
    {
        var bytes = new byte[StoredKey.Length];
        bytes[0] = first;
        return StoredKey.FromHash(bytes);
    }

    private StoredKey? Cached(DeviceKey device)
    {
        Span<byte> key = stackalloc byte[StoredKey.Length];
        return _credentials.TryGetStoredKey(device, key) ? StoredKey.FromHash(key) : null;
    }

    private sealed class Table : ICredentialTable
    {
        public ConcurrentDictionary<DeviceKey, StoredKey> Keys { get; } = new();

        public bool IsUnavailable { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public int Asked { get; private set; }

        public async ValueTask<SharedCredential?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
        {
            Asked++;
            SharedCredential? found = Keys.TryGetValue(device, out var key) ? new SharedCredential(key, null) : null;
            await (Gate?.Task ?? Task.CompletedTask);
            return IsUnavailable ? throw new StoreUnavailableException("the keys are away") : found;
        }

        public Task<IReadOnlyList<CredentialOutcome>> WriteAsync(IReadOnlyList<CredentialsEntry> entries, bool replace, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task<bool> RemoveAsync(DeviceKey device, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<(DeviceKey Device, string? Store)> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
