using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>The new entries of one hash of the index of message ids.</summary>
internal sealed class IndexGroup
{
    /// <summary>Field and partition.</summary>
    public List<(RedisValue Field, int Partition)> Entries { get; } = [];

    /// <summary>How long the hash must live.</summary>
    public long LifeMs { get; private set; }

    public void Add(ulong messageId, int partition, long lifeMs)
    {
        Entries.Add((MessageIndex.Field(messageId), partition));
        LifeMs = Math.Max(LifeMs, lifeMs);
    }
}
