using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Credentials;

/// <summary>
/// Credentials in hashes of about fifty devices, which Redis keeps packed: <c>TkN</c>, field <c>tenant/device</c>, value the 32 bytes of the key's hash and behind
/// them the name of the store. Redis holds what the credentials file holds: hashes that check a login and cannot make one.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class RedisCredentialTable(RedisLink link) : ICredentialTable
{
    /// <summary>As for routes: below the 128 up to which Redis keeps a hash packed.</summary>
    private const int HashesPerPartition = 16;

    /// <inheritdoc/>
    public async ValueTask<SharedCredential?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
    {
        var value = await AskAsync(() => link.InTime(link.Database.HashGetAsync(Key(device), device.ToString())), cancellationToken).ConfigureAwait(false);
        return Read(value);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CredentialOutcome>> WriteAsync(IReadOnlyList<CredentialsEntry> entries, bool replace, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, ICredentialTable.EntriesMax);
        var commands = entries.Select(entry => link.EvaluateAsync(
            RedisScript.Credential, [Key(entry.Device)], [entry.Device.ToString(), Value(entry), replace ? 1 : 0]));
        var outcomes = await AskAsync(() => Task.WhenAll(commands), cancellationToken).ConfigureAwait(false);
        return [.. outcomes.Select(outcome => (CredentialOutcome)(int)outcome)];
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(DeviceKey device, CancellationToken cancellationToken)
        => AskAsync(() => link.InTime(link.Database.HashDeleteAsync(Key(device), device.ToString())), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<(DeviceKey Device, string? Store)> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var partition = 0; partition < Partition.Count; partition++)
        {
            var reads = Enumerable.Range(0, HashesPerPartition).Select(hash => link.InTime(link.Database.HashGetAllAsync(Key(partition, hash))));
            foreach (var row in (await AskAsync(() => Task.WhenAll(reads), cancellationToken).ConfigureAwait(false)).SelectMany(rows => rows))
            {
                if (DeviceKey.TryParse((string?)row.Name, out var device) && Read(row.Value) is { } credential)
                {
                    yield return (device, credential.Store);
                }
            }
        }
    }

    private static RedisKey Key(in DeviceKey device) => Key(Partition.Of(device, HashesPerPartition, out var hash), hash);

    private static RedisKey Key(int partition, int hash) => string.Create(CultureInfo.InvariantCulture, $"{Partition.Tag(partition)}k{hash}");

    private static byte[] Value(CredentialsEntry entry)
    {
        var value = new byte[StoredKey.Length + (entry.Store?.Length ?? 0)];
        entry.Key.CopyTo(value);
        Encoding.ASCII.GetBytes(entry.Store ?? "", value.AsSpan(StoredKey.Length));
        return value;
    }

    private static SharedCredential? Read(RedisValue value)
        => (byte[]?)value is { Length: >= StoredKey.Length } bytes
            ? new SharedCredential(StoredKey.FromHash(bytes), bytes.Length == StoredKey.Length ? null : Encoding.ASCII.GetString(bytes, StoredKey.Length, bytes.Length - StoredKey.Length))
            : null;

    // A link that is closed throws before there is a task.
    private async Task<T> AskAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }
}
