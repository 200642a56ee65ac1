using System.Diagnostics;
using HdrHistogram;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Bench.Cluster;

/// <summary>A node's own part that holds every device, or none, and takes the time of each ring.</summary>
/// <remarks>Threading: rings come from one thread of the bus.</remarks>
internal sealed class HopReceiver(bool holdsDevices) : ILocalDoorbell, IPresence, IUnstoredDelivery, ILocalSessions, ILocalMembers, IGroupTable
{
    private long _rings;

    /// <summary>Never: nobody sends to groups here.</summary>
    public event Action<GroupKey>? Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyList<GroupKey> Groups => [];

    /// <summary>From the ring at the sender to the ring at the session's directory, microseconds times ten.</summary>
    public LongHistogram Delays { get; } = new(1, 600_000_000, 3);

    public long Rings => Volatile.Read(ref _rings);

    public bool Ring(AppendOperation message) => false;

    public bool Ring(DeviceKey device, uint stream, ulong lastSeq) => holdsDevices;

    // The message id is the time of its ring.
    public bool Ring(DeviceKey device, in PushHead head, ReadOnlySpan<byte> payload)
    {
        Delays.RecordValue(Math.Max(1, (Stopwatch.GetTimestamp() - (long)head.MessageId) * 10_000_000 / Stopwatch.Frequency));
        Interlocked.Increment(ref _rings);
        return holdsDevices;
    }

    public int CountOf(GroupKey group) => 0;

    public ValueTask<GroupMembers?> FindAsync(GroupKey group, CancellationToken cancellationToken) => ValueTask.FromResult<GroupMembers?>(null);

    public ValueTask WriteAsync(IReadOnlyList<(GroupKey Group, int Members)> counts, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public bool? IsOnline(DeviceKey device, out long lastSeenUnixMs)
    {
        lastSeenUnixMs = 0;
        return holdsDevices;
    }

    public UnstoredReach ToDevice(DeviceKey device, in FrameLease frame) => default;

    public UnstoredReach ToTenant(string tenant, in FrameLease frame) => default;

    public ValueTask<bool> EvictAsync(DeviceKey device, ulong epoch) => new(false);
}
