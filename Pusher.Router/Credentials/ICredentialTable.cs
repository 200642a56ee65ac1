using Pusher.Core.Credentials;
using Pusher.Core.Identity;

namespace Pusher.Router.Credentials;

/// <summary>The devices of a site and their keys, shared by its nodes.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface ICredentialTable
{
    /// <summary>Devices in one write, at most.</summary>
    const int EntriesMax = 1_000;

    /// <summary>The device's credential; null for an unknown device.</summary>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached.</exception>
    ValueTask<SharedCredential?> FindAsync(DeviceKey device, CancellationToken cancellationToken);

    /// <summary>Writes devices, each in one atomic step of its own. A device that is there with another key is replaced, or left as it is.</summary>
    /// <returns>What became of each, in this order.</returns>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached; some may have been written, and the same again finds out.</exception>
    Task<IReadOnlyList<CredentialOutcome>> WriteAsync(IReadOnlyList<CredentialsEntry> entries, bool replace, CancellationToken cancellationToken);

    /// <summary>Takes a device out; false when it is not there.</summary>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached; it may have been taken out.</exception>
    Task<bool> RemoveAsync(DeviceKey device, CancellationToken cancellationToken);

    /// <summary>All devices with their stores, in no order; one that is changed meanwhile may be among them or not.</summary>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached any more.</exception>
    IAsyncEnumerable<(DeviceKey Device, string? Store)> ListAsync(CancellationToken cancellationToken);
}
