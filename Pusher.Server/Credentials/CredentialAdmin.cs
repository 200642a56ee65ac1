using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Router.Cluster;
using Pusher.Router.Credentials;

namespace Pusher.Server.Credentials;

/// <summary>Changes the credentials that nodes share, and tells them: first the table, then this node and the others.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class CredentialAdmin(ICredentialTable table, SharedCredentials here, ClusterNode cluster)
{
    /// <summary>Writes devices, at most <see cref="ICredentialTable.EntriesMax"/>. A device with another key is replaced, and its session ends, or it is kept.</summary>
    /// <returns>What became of each; and whether the other nodes were told, else they notice when what they know is over its time.</returns>
    /// <exception cref="Router.Stores.StoreUnavailableException">Redis does not answer.</exception>
    public async Task<(IReadOnlyList<CredentialOutcome> Outcomes, bool AreTold)> WriteAsync(IReadOnlyList<CredentialsEntry> entries, bool replace, CancellationToken cancellationToken)
    {
        var outcomes = await table.WriteAsync(entries, replace, cancellationToken).ConfigureAwait(false);
        var areTold = true;
        for (var i = 0; i < entries.Count; i++)
        {
            if (outcomes[i] is CredentialOutcome.Added or CredentialOutcome.Replaced)
            {
                areTold &= Tell(entries[i].Device, outcomes[i] == CredentialOutcome.Replaced);
            }
        }

        return (outcomes, areTold);
    }

    /// <summary>Takes a device out; its session ends.</summary>
    /// <exception cref="Router.Stores.StoreUnavailableException">Redis does not answer.</exception>
    public async Task<(bool WasThere, bool AreTold)> RemoveAsync(DeviceKey device, CancellationToken cancellationToken)
    {
        var wasThere = await table.RemoveAsync(device, cancellationToken).ConfigureAwait(false);
        return (wasThere, Tell(device, isRevoked: true)); // also when it was not: an earlier try may have told nobody
    }

    /// <summary>All devices with their stores, in no order.</summary>
    /// <exception cref="Router.Stores.StoreUnavailableException">Redis does not answer any more.</exception>
    public IAsyncEnumerable<(DeviceKey Device, string? Store)> ListAsync(CancellationToken cancellationToken) => table.ListAsync(cancellationToken);

    private bool Tell(DeviceKey device, bool isRevoked)
    {
        here.OnChanged(device, isRevoked);
        return cluster.TellCredentialChanged(device, isRevoked);
    }
}
