using Microsoft.Extensions.Logging;
using Pusher.Router.Stores;
using StackExchange.Redis;

namespace Pusher.Router.Redis;

/// <summary>
/// Asks every server at the start whether it keeps what it answers for. OK to a publisher means flushed to stable storage, so
/// <c>appendonly yes</c> and <c>appendfsync always</c>; and nothing may be evicted, so <c>maxmemory-policy noeviction</c>.
/// </summary>
internal sealed class RedisServerCheck(RedisLink link, RedisOptions options, ILogger logger)
{
    // Scripts with a shebang, EXPIRE with NX and GT.
    private static readonly Version VersionMin = new(7, 0);

    // Expiry compares times that nodes have given.
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(5);

    /// <exception cref="StoreUnavailableException">A server is not fit; the message names what and the remedy.</exception>
    public async Task RunAsync()
    {
        try
        {
            var asked = 0;
            foreach (var server in link.Masters)
            {
                asked++;
                await CheckAsync(server).ConfigureAwait(false);
            }

            if (asked == 0)
            {
                throw new StoreUnavailableException($"Redis {link.Name} has no server that takes writes: all that answer are replicas");
            }
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            throw link.Unavailable(e);
        }
    }

    private async Task CheckAsync(IServer server)
    {
        if (server.Version < VersionMin)
        {
            throw new StoreUnavailableException($"Redis {link.Name} is version {server.Version}; {VersionMin} or later is needed");
        }

        await CheckUserAsync(server).ConfigureAwait(false);
        var skew = await link.InTime(server.TimeAsync()).ConfigureAwait(false) - DateTime.UtcNow;
        if (skew.Duration() > ClockSkewMax)
        {
            throw new StoreUnavailableException($"the clocks of this machine and of Redis {link.Name} are {skew.Duration().TotalSeconds:F0} s apart; set them by NTP");
        }

        var weak = await WeaknessesAsync(server).ConfigureAwait(false);
        if (weak.Count == 0)
        {
            return;
        }

        var reasons = string.Join(", ", weak);
        if (!options.AcceptWeakDurability)
        {
            throw new StoreUnavailableException($"Redis {link.Name} may lose what was answered OK: {reasons}; set it so, or start with --accept-weak-durability");
        }

        RedisLog.WeakDurability(logger, link.Name, reasons);
    }

    // A Redis whose default user needs no password lets a connection stay that user when its login fails, and the client goes on with it.
    private async Task CheckUserAsync(IServer server)
    {
        if (options.User is null)
        {
            return;
        }

        await link.InTime(link.Database.KeyExistsAsync(Partition.Tag(0))).ConfigureAwait(false); // a user that may not see such keys could store nothing
        try
        {
            var user = (string?)await link.InTime(server.ExecuteAsync("ACL", "WHOAMI")).ConfigureAwait(false);
            if (user != options.User)
            {
                throw new StoreUnavailableException($"Redis {link.Name} refuses the user or password of '{options.User}' and takes this node for '{user}'; check redis-user and redis-password-file");
            }
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            // Somebody who may not even ask is no default user that may do all.
            RedisLog.UserUnknown(logger, link.Name, options.User);
        }
    }

    private async Task<List<string>> WeaknessesAsync(IServer server)
    {
        var weak = new List<string>();
        foreach (var (key, needed) in new[] { ("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction") })
        {
            if (await ReadAsync(server, key).ConfigureAwait(false) is var value && value != needed)
            {
                weak.Add(value is null ? $"{key} cannot be read (allow the user CONFIG GET)" : $"{key} is {value}, not {needed}");
            }
        }

        return weak;
    }

    private async Task<string?> ReadAsync(IServer server, string key)
    {
        try
        {
            var pairs = await link.InTime(server.ConfigGetAsync(key)).ConfigureAwait(false);
            return pairs.Length > 0 ? pairs[0].Value : null;
        }
        catch (RedisServerException)
        {
            return null; // no permission for CONFIG: what cannot be read cannot be trusted
        }
    }
}
