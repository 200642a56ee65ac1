using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Credentials;
using Pusher.Router.Stores;

namespace Pusher.Server.Credentials;

/// <summary>
/// Devices and keys that the nodes of a cluster share, cached. While the table cannot be reached, what is cached counts on, however old: a device that this
/// node knows logs in, and is published to.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class SharedCredentials : IDeviceCredentials
{
    private readonly TwoLevelCache<DeviceKey, SharedCredential> _cache;

    public SharedCredentials(ICredentialTable table, CacheOptions options, TimeProvider time)
        => _cache = new TwoLevelCache<DeviceKey, SharedCredential>(table.FindAsync, options, time);

    /// <inheritdoc/>
    public event Action<IReadOnlyList<DeviceKey>>? Changed;

    /// <summary>What this node knows.</summary>
    public TwoLevelCache<DeviceKey, SharedCredential> Cache => _cache;

    /// <inheritdoc/>
    public bool MustAsk => true;

    /// <inheritdoc/>
    public string Summary => "devices in redis";

    /// <inheritdoc/>
    public bool? Knows(DeviceKey device) => _cache.TryGet(device, out var known) ? known is not null : null;

    /// <inheritdoc/>
    public async ValueTask<bool> KnowsAsync(DeviceKey device, CancellationToken cancellationToken)
    {
        try
        {
            return await _cache.GetAsync(device, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (StoreUnavailableException) when (_cache.TryPeekOld(device, out _))
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public bool TryGetStoredKey(DeviceKey device, Span<byte> storedKey)
    {
        if (!_cache.TryGet(device, out var known) || known is not { } credential)
        {
            return false;
        }

        credential.Key.CopyTo(storedKey);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<CredentialAnswer> AskAsync(DeviceKey device)
    {
        try
        {
            return new CredentialAnswer((await _cache.ReloadAsync(device, CancellationToken.None).ConfigureAwait(false))?.Key, IsCurrent: true);
        }
        catch (StoreUnavailableException)
        {
            return new CredentialAnswer(_cache.TryPeekOld(device, out var old) ? old.Key : null, IsCurrent: false);
        }
    }

    /// <summary>A device's key was written or taken away, by this node or another.</summary>
    /// <param name="device">The device.</param>
    /// <param name="isRevoked">It had another key before.</param>
    public void OnChanged(DeviceKey device, bool isRevoked)
    {
        _cache.Drop(device);
        if (isRevoked)
        {
            Changed?.Invoke([device]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();
}
