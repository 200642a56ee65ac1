using System.Globalization;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Which store it is.</summary>
/// <param name="Incarnation">Drawn when it was created, when data was lost, and when a replica took over.</param>
/// <param name="HighestMessageId">The highest message id in it, of all nodes.</param>
/// <param name="HighestOfNode">The same of the node that asks.</param>
/// <param name="IsOfPromotion">The incarnation began because a replica took over.</param>
internal readonly record struct StoreIdentity(ulong Incarnation, ulong HighestMessageId, ulong HighestOfNode, bool IsOfPromotion)
{
    /// <summary>The version of the layout that this program reads and writes.</summary>
    public const int SchemaVersion = 2;

    /// <summary>The hash of schema and incarnation.</summary>
    public const string MetaKey = "pusher:meta";

    /// <summary>Reads it; draws an incarnation for a store that has none, or still has <paramref name="lost"/>.</summary>
    /// <exception cref="StoreUnavailableException">A newer or an older program wrote the store.</exception>
    public static async Task<StoreIdentity> ReadAsync(RedisLink link, int nodeNumber, ulong lost = 0)
    {
        var drawn = Math.Max(lost + 1, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()); // they grow, so that of two a script can tell the newer
        var known = lost == 0 ? "" : lost.ToString(CultureInfo.InvariantCulture);
        var result = await link.EvaluateAsync(RedisScript.Schema, [MetaKey], [SchemaVersion, (long)drawn, known]).ConfigureAwait(false);
        if ((int)result[0] != SchemaVersion)
        {
            var writer = (int)result[0] > SchemaVersion ? "newer" : "older";
            throw new StoreUnavailableException(
                $"the message store in Redis {link.Name} has schema version {(int)result[0]}; this program reads and writes version {SchemaVersion} only. Start the {writer} program that wrote it, or give another Redis.");
        }

        var tops = await link.InTime(link.Database.HashGetAllAsync(MessageIndex.TopsKey, CommandFlags.DemandMaster)).ConfigureAwait(false);
        var own = Array.Find(tops, top => top.Name == nodeNumber);
        return new StoreIdentity(
            (ulong)result[1],
            tops.Length == 0 ? 0 : tops.Max(top => (ulong)top.Value),
            own.Value.IsNull ? 0 : (ulong)own.Value,
            IsOfPromotion: (string)result[1]! == (string)result[2]!);
    }
}
