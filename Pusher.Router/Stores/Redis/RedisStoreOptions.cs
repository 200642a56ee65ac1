using Pusher.Core.Identity;

namespace Pusher.Router.Stores.Redis;

/// <summary>How the store uses Redis. Every default suits a node with 200,000 devices.</summary>
public sealed record RedisStoreOptions
{
    /// <summary>The most unacknowledged messages of a device; one more is refused with <see cref="AppendStatus.QueueFull"/>. 1 to 1,000,000.</summary>
    public int QueueMessagesMax { get; init; } = 1_000;

    /// <summary>The most unacknowledged payload bytes of a device. 1 or more; below the largest payload such a message can never be stored.</summary>
    public long QueueBytesMax { get; init; } = 4 << 20;

    /// <summary>How long a publisher id stays taken. Shorter: a late retry prints twice. It cannot exceed <see cref="StatusRetention"/>.</summary>
    public TimeSpan DedupeRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long the status of an ended message can be asked for, from its end. At least 24 h; it costs memory of Redis.</summary>
    public TimeSpan StatusRetention { get; init; } = TimeSpan.FromHours(48);

    /// <summary>This node's part of message ids, 0 to 1,023, unique among live nodes: what it stored is told from what others stored.</summary>
    public int NodeNumber { get; init; }

    /// <summary>
    /// Batches on their way at once, 1 to 64. A device's requests always go by the same lane, one batch after the other, which keeps
    /// their order. More lanes hide the way to a distant Redis, fewer make larger batches.
    /// </summary>
    public int Lanes { get; init; } = 4;

    /// <summary>The most requests in one script, 1 to 4,096. Redis does nothing else while it runs: about 10 to 25 us for each.</summary>
    public int BatchRequestsMax { get; init; } = 256;

    /// <summary>The most payload bytes in one script; at least one request is taken.</summary>
    public int BatchBytesMax { get; init; } = 1 << 20;

    /// <summary>The most requests waiting for a lane; an append beyond it is answered <see cref="AppendStatus.Unavailable"/> at once.</summary>
    public int LaneRequestsMax { get; init; } = 25_000;

    /// <summary>The most payload bytes waiting for a lane, likewise.</summary>
    public long LaneBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// For how long acknowledgements and results may wait for an append to share its script, in milliseconds. 0: each goes at once, a
    /// command of its own. What waits when the process dies is acknowledged again by the device.
    /// </summary>
    public int AckPatienceMs { get; init; } = 20;

    /// <summary>The most messages in a page, whatever the caller asks for.</summary>
    public int PageMessagesMax { get; init; } = 1_000;

    /// <summary>The most payload bytes in a page, whatever the caller asks for; one message is always returned.</summary>
    public int PageBytesMax { get; init; } = 1 << 20;

    /// <summary>
    /// For each partition whether this node sweeps and lists it, asked at each turn; null, or an answer of null = all. Nodes that divide them save each
    /// other work; a partition that no node has waits until one has it.
    /// </summary>
    public Func<bool[]?>? Sweeps { get; init; }

    /// <summary>Messages that one script of a sweep may expire, 1 to 10,000: the time that everything else waits for it.</summary>
    public int SweepSliceMessages { get; init; } = 200;

    /// <summary>The most messages that one sweep expires; the rest is left to the next one.</summary>
    public int SweepExpiredMax { get; init; } = 10_000;

    /// <summary>How often the store looks whether its data is still there, 10 ms or more.</summary>
    public int WatchIntervalMs { get; init; } = 1_000;

    /// <summary>The clock of retention, expiry and end times.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(QueueMessagesMax is >= 1 and <= 1_000_000, nameof(QueueMessagesMax), "must be 1 to 1,000,000");
        Require(QueueBytesMax >= 1, nameof(QueueBytesMax), "must be 1 or more");
        Require(DedupeRetention > TimeSpan.Zero, nameof(DedupeRetention), "must be positive");
        Require(StatusRetention >= TimeSpan.FromHours(24), nameof(StatusRetention), "must be 24 hours or more");
        Require(DedupeRetention <= StatusRetention, nameof(DedupeRetention), "must not exceed StatusRetention");
        Require(NodeNumber is >= 0 and <= MessageIdGenerator.NodeNumberMax, nameof(NodeNumber), "must be 0 to 1,023");
        Require(Lanes is >= 1 and <= 64, nameof(Lanes), "must be 1 to 64");
        Require(BatchRequestsMax is >= 1 and <= 4_096, nameof(BatchRequestsMax), "must be 1 to 4,096");
        Require(BatchBytesMax >= 1, nameof(BatchBytesMax), "must be 1 or more");
        Require(LaneRequestsMax >= 1 && LaneBytesMax >= 1, nameof(LaneRequestsMax), "and LaneBytesMax must be 1 or more");
        Require(AckPatienceMs is >= 0 and <= 60_000, nameof(AckPatienceMs), "must be 0 to 60,000");
        Require(PageMessagesMax >= 1 && PageBytesMax >= 1, nameof(PageMessagesMax), "and PageBytesMax must be 1 or more");
        Require(SweepSliceMessages is >= 1 and <= 10_000, nameof(SweepSliceMessages), "must be 1 to 10,000");
        Require(SweepExpiredMax >= SweepSliceMessages, nameof(SweepExpiredMax), "must be at least SweepSliceMessages");
        Require(WatchIntervalMs >= 10, nameof(WatchIntervalMs), "must be 10 or more");
    }

    private static void Require(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"Store option {name} {rule}.");
        }
    }
}
