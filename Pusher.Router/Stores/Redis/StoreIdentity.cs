using System.Globalization;
using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Which store it is: its incarnation, and the highest message id in it.</summary>
internal readonly record struct StoreIdentity(ulong Incarnation, ulong HighestMessageId)
{
    /// <summary>The version of the layout that this program reads and writes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The hash of schema and incarnation.</summary>
    public const string MetaKey = "pusher:meta";

    /// <summary>Reads it; draws an incarnation for a store that has none, or still has <paramref name="lost"/>.</summary>
    /// <exception cref="StoreUnavailableException">A newer program wrote the store.</exception>
    public static async Task<StoreIdentity> ReadAsync(RedisLink link, ulong lost = 0)
    {
        var drawn = Math.Max(lost + 1, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()); // they grow, so that of two a script can tell the newer
        var known = lost == 0 ? "" : lost.ToString(CultureInfo.InvariantCulture);
        var result = await link.EvaluateAsync(RedisScript.Schema, [MetaKey], [SchemaVersion, (long)drawn, known]).ConfigureAwait(false);
        if ((int)result[0] > SchemaVersion)
        {
            throw new StoreUnavailableException(
                $"the message store in Redis {link.Name} has schema version {(int)result[0]}; this program knows versions up to {SchemaVersion}. Start the newer program that wrote it, or give another Redis.");
        }

        var top = await link.InTime(link.Database.StringGetAsync(MessageIndex.TopKey)).ConfigureAwait(false);
        return new StoreIdentity((ulong)result[1], top.IsNull ? 0 : (ulong)top);
    }
}
