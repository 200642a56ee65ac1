using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Tests.Simulation;

/// <summary>
/// A small model of a message store with the semantics of <c>IMessageStore</c>, but synchronous: the nodes decide when a call
/// is answered, and whether at all. What is in here is committed; nodes hold back what is not.
/// </summary>
public sealed class SimStore(SimWorld world, SimRandom random)
{
    private readonly Dictionary<DeviceKey, SimStoreDevice> _byDevice = [];
    private readonly List<SimStoreDevice> _devices = [];
    private ulong _lastId;

    /// <summary>False while every call fails.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Grows when the data is lost.</summary>
    public int Incarnation { get; private set; }

    public int PendingCount => _devices.Sum(d => d.Lanes.Sum(l => l.Pending.Count()));

    /// <summary>Stores, unless the value is stored already. The bool is true for a duplicate.</summary>
    public (SimMessage Message, bool Duplicate) Append(DeviceKey device, int lane, string value, byte[] payload, long ttlMs)
    {
        var row = FindOrAdd(device);
        if (row.ByValue.TryGetValue(value, out var first))
        {
            return (first, true);
        }

        while (row.Lanes.Count <= lane)
        {
            row.Lanes.Add(new SimStream(DrawStream()));
        }

        var message = new SimMessage(device, value, ++_lastId, payload)
        {
            AcceptedAtMs = world.Scheduler.NowMs,
            ExpiresAtUnixMs = ttlMs == 0 ? 0 : world.Wall.SteadyUnixMs + ttlMs,
        };
        row.Lanes[lane].Append(message);
        row.ByValue.Add(value, message);
        return (message, false);
    }

    public DeviceOpened Open(DeviceKey device, ReadOnlySpan<StreamPosition> seen)
    {
        if (seen.IsEmpty && !_byDevice.ContainsKey(device))
        {
            return new DeviceOpened([], []);
        }

        var row = FindOrAdd(device);
        if (row.Lanes.Count == 0)
        {
            row.Lanes.Add(new SimStream(DrawStream()));
        }

        foreach (var position in seen)
        {
            TakeSeen(row, position);
        }

        var resets = new List<StreamReset>();
        foreach (var position in seen)
        {
            if (row.Retired.TryGetValue(position.Stream, out var retired))
            {
                resets.Add(new StreamReset(position.Stream, row.Lanes[retired.Lane].Stream, retired.Lost));
            }
        }

        return new DeviceOpened([.. row.Lanes.Select(l => l.State)], resets);
    }

    public MessagePage Read(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax)
        => FindStream(device, stream)?.Read(afterSeq, messagesMax, bytesMax) ?? new MessagePage(stream, afterSeq, afterSeq, 0, [], []);

    public void Acknowledge(DeviceKey device, uint stream, ulong seq) => FindStream(device, stream)?.Acknowledge(seq);

    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
    {
        if (FindStream(device, stream)?.Find(seq) is { State: MessageState.Pending } message)
        {
            message.Attempts = Math.Max(message.Attempts, attempts);
        }
    }

    public SimMessage? Find(DeviceKey device, uint stream, ulong seq) => FindStream(device, stream)?.Find(seq);

    /// <summary>Ends a pending message; the publisher is told.</summary>
    public void End(SimMessage message, MessageState state)
    {
        if (message.State == MessageState.Pending)
        {
            message.State = state;
            world.Trace.Note("store", state == MessageState.Dead ? "dead stream seq" : "ended stream seq", message.Stream, message.Seq, (ulong)state);
            world.Checker.Ended(message.Value);
        }
    }

    public void Sweep()
    {
        foreach (var message in AllPending().Where(m => m.ExpiresAtUnixMs != 0 && m.ExpiresAtUnixMs <= world.Wall.SteadyUnixMs).ToList())
        {
            End(message, MessageState.Expired);
        }
    }

    /// <summary>A publisher takes one back.</summary>
    public void CancelOne()
    {
        var pending = AllPending().ToList();
        if (pending.Count > 0)
        {
            End(random.Pick(pending), MessageState.Cancelled);
        }
    }

    /// <summary>Streams with a message that has waited for <paramref name="olderThanMs"/>.</summary>
    public IEnumerable<(DeviceKey Device, SimStream Stream)> ListWaiting(long olderThanMs)
        => from device in _devices
           from lane in device.Lanes
           where lane.Pending.Any(m => m.AcceptedAtMs <= world.Scheduler.NowMs - olderThanMs)
           select (device.Device, lane);

    /// <summary>Everything is gone; publishers are told.</summary>
    public void LoseAll()
    {
        Incarnation++;
        world.Trace.Note("store", "FLUSH incarnation", (ulong)Incarnation);
        foreach (var message in AllPending())
        {
            world.Checker.Ended(message.Value);
        }

        _devices.Clear();
        _byDevice.Clear();
    }

    private IEnumerable<SimMessage> AllPending() => _devices.SelectMany(d => d.Lanes).SelectMany(l => l.Pending);

    // What the device has seen counts as acknowledged, or proves that the store has lost something.
    private void TakeSeen(SimStoreDevice row, StreamPosition position)
    {
        var lane = row.Lanes.FindIndex(l => l.Stream == position.Stream);
        if (lane >= 0 && position.Seq <= row.Lanes[lane].LastSeq)
        {
            row.Lanes[lane].Acknowledge(position.Seq);
        }
        else if (lane >= 0)
        {
            Renumber(row, lane, (uint)(position.Seq - row.Lanes[lane].LastSeq));
        }
        else if (!row.Retired.ContainsKey(position.Stream))
        {
            Renumber(row, 0, 0);
            row.Retired[position.Stream] = (0, uint.MaxValue);
        }
    }

    private void Renumber(SimStoreDevice row, int lane, uint lost)
    {
        var old = row.Lanes[lane];
        var fresh = new SimStream(DrawStream());
        foreach (var message in old.Pending.ToList())
        {
            fresh.Append(message);
        }

        row.Lanes[lane] = fresh;
        row.Retired[old.Stream] = (lane, lost);
        world.Trace.Note("store", "new stream for old, lost", fresh.Stream, old.Stream, lost);
    }

    private uint DrawStream() => (uint)random.Between(1, int.MaxValue);

    private SimStream? FindStream(DeviceKey device, uint stream)
        => _byDevice.GetValueOrDefault(device)?.Lanes.Find(l => l.Stream == stream);

    private SimStoreDevice FindOrAdd(DeviceKey device)
    {
        if (!_byDevice.TryGetValue(device, out var row))
        {
            row = new SimStoreDevice(device);
            _byDevice.Add(device, row);
            _devices.Add(row);
        }

        return row;
    }
}
