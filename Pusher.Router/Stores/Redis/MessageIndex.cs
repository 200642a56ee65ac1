using System.Globalization;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// Where to look for a message by its id alone: hashes of id to partition, one for every 4 ms of ids (<see cref="Core.Identity.MessageIdGenerator"/>),
/// small enough that Redis packs them. Written before or with the message; an entry without a message is harmless.
/// </summary>
internal static class MessageIndex
{
    /// <summary>
    /// Hash of the highest message id that each node was answered for, by its number. One for all would not do: what a node lost is covered up as soon as
    /// another one has stored something newer.
    /// </summary>
    public const string TopsKey = "pusher:tops";

    // 22 bits of an id are node and count; the 2 above are the lowest of the milliseconds.
    private const int LowBits = 24;

    /// <summary>Which hash holds <paramref name="messageId"/>.</summary>
    public static ulong Group(ulong messageId) => messageId >> LowBits;

    /// <summary>The key of that hash.</summary>
    public static string GroupKey(ulong group) => string.Create(CultureInfo.InvariantCulture, $"pusher:i:{group}");

    /// <summary>The field of <paramref name="messageId"/>.</summary>
    public static RedisValue Field(ulong messageId) => (long)(messageId & ((1UL << LowBits) - 1));

    /// <summary>The same for one partition, in Cluster: a shard loses its own messages and no others.</summary>
    public static string TopsKeyOf(int partition) => Partition.Tag(partition) + "t";

    /// <summary>The key of the status.</summary>
    public static string StatusKey(int partition, ulong messageId) => string.Create(CultureInfo.InvariantCulture, $"{Partition.Tag(partition)}m:{messageId}");
}
