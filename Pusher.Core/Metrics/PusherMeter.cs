using System.Diagnostics.Metrics;
using Pusher.Core.Protocol;

namespace Pusher.Core.Metrics;

/// <summary>
/// The figures of a node's sessions and publishes (the store has a meter of its own), as instruments named <c>pusher.*</c> of one <see cref="Meter"/>. What counts per message is an interlocked number
/// that is only looked at when somebody scrapes; nothing here allocates after construction.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class PusherMeter : IDisposable
{
    /// <summary>The meter's name, for whoever subscribes.</summary>
    public const string MeterName = "Pusher";

    private readonly Meter _meter;
    private readonly Histogram<double> _appendSeconds;
    private readonly TaggedCounter _publishes;
    private readonly TaggedCounter _closes;
    private readonly TaggedCounter _logins;
    private readonly TaggedCounter _ended;
    private readonly TaggedCounter _unstoredDrops;
    private long _sessions;
    private long _pushes;
    private long _acks;
    private long _redeliveries;
    private long _swept;
    private long _canaryFailures;
    private long _unstoredPublishes;
    private long _unstoredDeliveries;

    public PusherMeter()
    {
        _meter = new Meter(MeterName);
        _publishes = new TaggedCounter(_meter, "pusher.publishes", "{message}", "Publishes by the status they were answered with.", "status", 16);
        _logins = new TaggedCounter(_meter, "pusher.logins", "{login}", "Logins by outcome.", "outcome", 8);
        _closes = new TaggedCounter(_meter, "pusher.closes", "{connection}", "Closed connections by reason.", "reason", 64);
        _ended = new TaggedCounter(_meter, "pusher.messages.lost", "{message}", "Messages that ended without reaching their device, by end state.", "state", 8);
        _unstoredDrops = new TaggedCounter(
            _meter, "pusher.qos0.drops", "{message}", "QoS 0 messages not handed to a device: it was offline, or its connection or its reactor had too much waiting.", "reason", UnstoredDropReasons.Count);
        _appendSeconds = _meter.CreateHistogram(
            "pusher.append.duration", "s", "From hand-over to the store until stored and flushed.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
        _meter.CreateObservableUpDownCounter("pusher.sessions", () => Volatile.Read(ref _sessions), "{session}", "Devices logged in now.");
        Observe("pusher.pushes", () => Volatile.Read(ref _pushes), "{message}", "Messages sent to devices, redeliveries included.");
        Observe("pusher.redeliveries", () => Volatile.Read(ref _redeliveries), "{message}", "Messages sent to a device once more.");
        Observe("pusher.qos0.publishes", () => Volatile.Read(ref _unstoredPublishes), "{message}", "QoS 0 messages published, to one device or to all of a tenant.");
        Observe("pusher.qos0.deliveries", () => Volatile.Read(ref _unstoredDeliveries), "{message}", "QoS 0 messages written to a device's connection.");
        Observe("pusher.acks", () => Volatile.Read(ref _acks), "{message}", "Messages acknowledged by devices.");
        Observe("pusher.sweeper.rings", () => Volatile.Read(ref _swept), "{stream}", "Waiting streams that the sweeper rang for.");
        Observe("pusher.canary.failures", () => Volatile.Read(ref _canaryFailures), "{check}", "Readiness checks that failed.");
    }

    /// <summary>One publish was answered; <paramref name="slot"/> is a small number that stands for <paramref name="status"/>.</summary>
    public void Published(string status, int slot) => _publishes.Add(slot, status, 1);

    /// <summary>The store answered an append after <paramref name="elapsed"/>.</summary>
    public void Appended(TimeSpan elapsed)
    {
        if (_appendSeconds.Enabled)
        {
            _appendSeconds.Record(elapsed.TotalSeconds);
        }
    }

    /// <summary>A device logged in.</summary>
    public void SessionOpened() => Interlocked.Increment(ref _sessions);

    /// <summary>A device that had logged in is gone.</summary>
    public void SessionClosed() => Interlocked.Decrement(ref _sessions);

    /// <summary>A login ended: accepted or not.</summary>
    public void LoginEnded(bool accepted) => _logins.Add(accepted ? 0 : 1, accepted ? "accepted" : "refused", 1);

    /// <summary>Messages went out to a device.</summary>
    public void Pushed(int messages, int redelivered)
    {
        Interlocked.Add(ref _pushes, messages);
        if (redelivered != 0)
        {
            Interlocked.Add(ref _redeliveries, redelivered);
        }
    }

    /// <summary>A QoS 0 message was published, however many devices it is for.</summary>
    public void UnstoredPublished() => Interlocked.Increment(ref _unstoredPublishes);

    /// <summary>QoS 0 messages went out to devices.</summary>
    public void UnstoredDelivered(long messages) => Interlocked.Add(ref _unstoredDeliveries, messages);

    /// <summary>QoS 0 messages were not handed to a device each.</summary>
    public void UnstoredDropped(UnstoredDrop reason, long messages) => _unstoredDrops.Add((int)reason, reason.Name(), messages);

    /// <summary>A device acknowledged messages.</summary>
    public void Acknowledged(long messages) => Interlocked.Add(ref _acks, messages);

    /// <summary>A connection closed.</summary>
    public void Closed(CloseReason reason)
    {
        var slot = (int)reason < 32 ? (int)reason : 32 + ((int)reason & 31);
        _closes.Add(slot, _closes.NameOf(slot) ?? reason.ToString(), 1);
    }

    /// <summary>A message ended as <paramref name="state"/> without reaching its device.</summary>
    public void Lost(string state, int slot) => _ended.Add(slot, state, 1);

    /// <summary>The sweeper rang for a waiting stream.</summary>
    public void Swept() => Interlocked.Increment(ref _swept);

    /// <summary>A readiness check failed.</summary>
    public void CanaryFailed() => Interlocked.Increment(ref _canaryFailures);

    /// <summary>Messages sent to devices, redeliveries included.</summary>
    public long Pushes => Volatile.Read(ref _pushes);

    /// <summary>Shows a total that somebody else keeps, such as the drops of the bus.</summary>
    public void Observe(string name, Func<long> total, string unit, string description) => _meter.CreateObservableCounter(name, total, unit, description);

    /// <summary>Shows a level that somebody else keeps, such as the open connections.</summary>
    public void ObserveLevel(string name, Func<long> level, string unit, string description) => _meter.CreateObservableUpDownCounter(name, level, unit, description);

    /// <summary>True for an instrument of this meter: several nodes in one process have meters of one name.</summary>
    internal bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
