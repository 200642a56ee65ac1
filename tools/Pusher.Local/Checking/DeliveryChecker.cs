using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Local.Checking;

/// <summary>
/// Judges a run by three logs and never by the server's state: what publishers were answered, what devices handed over, and
/// which ends publishers were told of. A message is known by its <i>value</i>, which the publisher puts into the payload
/// (publisher and counter, say) and which no other message has.
/// </summary>
/// <remarks>Threading: any thread; one lock. The logs may come in any order (a hand-over before the answer to its publish).</remarks>
public sealed class DeliveryChecker
{
    /// <summary>Findings kept in words.</summary>
    public const int FindingsMax = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, CheckedMessage> _byValue = [];
    private readonly List<CheckedMessage> _entries = [];
    private readonly Dictionary<(DeviceKey Device, int Client, uint Stream), ulong> _highest = [];
    private readonly StoreLosses _losses = new();
    private readonly List<string> _findings = [];
    private readonly long _lateMs;
    private long _outOfOrder;
    private long _handed;

    /// <param name="lateMs">Hand-overs later than this after the acceptance are counted as late.</param>
    public DeliveryChecker(long lateMs = long.MaxValue) => _lateMs = lateMs;

    /// <summary>Publisher log: an attempt to publish is about to be sent. The later answers imply it.</summary>
    public void Attempted(DeviceKey device, string value, long atMs = 0)
    {
        lock (_lock)
        {
            var entry = Published(device, value, PublishOutcome.None);
            entry.FirstSentMs = Math.Min(entry.FirstSentMs, atMs);
            entry.LastSentMs = Math.Max(entry.LastSentMs, atMs);
        }
    }

    /// <summary>Publisher log: answered OK, or <c>duplicate</c> to a repetition.</summary>
    /// <param name="device">To whom it was published.</param>
    /// <param name="value">What the payload carries.</param>
    /// <param name="place">The stream and seq of the answer; <c>default</c> when they are not known.</param>
    /// <param name="atMs">When the answer came, on any clock that the hand-overs share.</param>
    public void Accepted(DeviceKey device, string value, StreamPosition place = default, long atMs = 0)
    {
        lock (_lock)
        {
            var entry = Published(device, value, PublishOutcome.Accepted);
            if (entry.Place == default)
            {
                entry.Place = place;
                entry.AcceptedAtMs = atMs;
            }
        }
    }

    /// <summary>Publisher log: no final answer. A later one replaces this.</summary>
    public void Unknown(DeviceKey device, string value)
    {
        lock (_lock)
        {
            Published(device, value, PublishOutcome.Unknown);
        }
    }

    /// <summary>Publisher log: an error that says nothing was stored. It never outweighs an earlier "unknown" of the same value.</summary>
    public void Refused(DeviceKey device, string value)
    {
        lock (_lock)
        {
            var entry = Find(value);
            Published(device, value, entry is { Answer: PublishOutcome.Unknown } ? PublishOutcome.Unknown : PublishOutcome.Refused);
        }
    }

    /// <summary>Fault log: the publisher was told of an end other than delivery (expired, dead, cancelled, collapsed, store lost).</summary>
    public void Ended(string value)
    {
        lock (_lock)
        {
            FindOrAdd(value).Ended = true;
        }
    }

    /// <summary>
    /// Fault log: the store was emptied. An accepted message may be missing for it when the attempt that was accepted was sent before the flush had ended,
    /// for only then can it have been written before, and when its device was told of a new stream since; and its device may get it once more when it
    /// was attempted before and again after, for the record of the first attempt is gone.
    /// </summary>
    /// <param name="fromMs">Before the command was sent.</param>
    /// <param name="toMs">After it was answered.</param>
    public void Flushed(long fromMs, long toMs)
    {
        lock (_lock)
        {
            _losses.Flushed(fromMs, toMs);
        }
    }

    /// <summary>Fault log: a node was frozen. A publish that reached it unanswered it may carry out when it wakes.</summary>
    public void Frozen(long fromMs, long toMs)
    {
        lock (_lock)
        {
            _losses.Frozen(fromMs, toMs);
        }
    }

    /// <summary>Device log: the server told the device of a new stream.</summary>
    public void Reset(DeviceKey device, long atMs)
    {
        lock (_lock)
        {
            _losses.Reset(device, atMs);
        }
    }

    /// <summary>Devices that were told of a new stream since.</summary>
    public int ResetsSince(long fromMs)
    {
        lock (_lock)
        {
            return _losses.ResetsSince(fromMs);
        }
    }

    /// <summary>Messages handed over whose value begins so. O(messages).</summary>
    public int HandedOf(string prefix)
    {
        lock (_lock)
        {
            return _entries.Count(e => e.HandedTo.Count > 0 && e.Value.StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    /// <summary>Device log: the application got the message.</summary>
    /// <param name="device">The device.</param>
    /// <param name="value">What the payload carries.</param>
    /// <param name="place">Stream and seq as the device saw them.</param>
    /// <param name="atMs">When, on the clock of the acceptances.</param>
    /// <param name="client">Which of several clients that log in as this device in turn: each remembers only what it handed over itself.</param>
    public void Handed(DeviceKey device, string value, StreamPosition place, long atMs = 0, int client = 0)
    {
        lock (_lock)
        {
            _handed++;
            var entry = FindOrAdd(value);
            var isFirst = !entry.HandedTo.Exists(h => h.Client == client && h.Device == device);
            entry.HandedTo.Add((device, client, place));
            entry.HandedAtMs = entry.HandedTo.Count == 1 ? atMs : entry.HandedAtMs;
            if (isFirst)
            {
                CheckOrder(device, client, value, place);
            }
        }
    }

    /// <summary>Hand-overs so far.</summary>
    public long HandedCount
    {
        get
        {
            lock (_lock)
            {
                return _handed;
            }
        }
    }

    /// <summary>Accepted messages that are neither handed over nor ended, nor lost with the store: what a run waits for. O(messages).</summary>
    public long Outstanding
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count(e => e is { Answer: PublishOutcome.Accepted, Ended: false, HandedTo.Count: 0 } && !_losses.Excuse(e));
            }
        }
    }

    /// <summary>The verdict on what was logged so far.</summary>
    public DeliveryReport Report()
    {
        lock (_lock)
        {
            var findings = new List<string>(_findings);
            var report = new DeliveryReport { OutOfOrder = _outOfOrder, Findings = findings };
            var delays = new List<long>();
            foreach (var entry in _entries)
            {
                report = DeliveryVerdict.Add(report, entry, _losses, findings);
                if (entry is { Answer: PublishOutcome.Accepted, HandedTo.Count: > 0 })
                {
                    delays.Add(Math.Max(0, entry.HandedAtMs - entry.AcceptedAtMs));
                }
            }

            delays.Sort();
            return report with
            {
                Late = delays.Count(d => d > _lateMs),
                P50Ms = Percentile(delays, 50),
                P99Ms = Percentile(delays, 99),
                MaxStallMs = Percentile(delays, 100),
            };
        }
    }

    private static long Percentile(List<long> sorted, int percent)
        => sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];

    // Within one stream the first hand-overs must climb; a second hand-over of a message is counted as such, not as disorder.
    private void CheckOrder(DeviceKey device, int client, string value, StreamPosition place)
    {
        if (place.Stream == 0)
        {
            return; // without storage there is no order
        }

        var highest = _highest.GetValueOrDefault((device, client, place.Stream));
        if (place.Seq <= highest)
        {
            _outOfOrder++;
            if (_findings.Count < FindingsMax)
            {
                _findings.Add($"{value} of {device} at {place.Stream}:{place.Seq}: handed over behind {highest}");
            }
        }

        _highest[(device, client, place.Stream)] = Math.Max(highest, place.Seq);
    }

    private CheckedMessage Published(DeviceKey device, string value, PublishOutcome answer)
    {
        var entry = FindOrAdd(value);
        if (entry.Device is { } before && before != device)
        {
            throw new ArgumentException($"The value {value} was published to {before} already; values must be unique.", nameof(value));
        }

        entry.Device = device;
        if (entry.Answer != PublishOutcome.Accepted && answer != PublishOutcome.None)
        {
            entry.Answer = answer;
        }

        return entry;
    }

    private CheckedMessage? Find(string value) => _byValue.GetValueOrDefault(value);

    private CheckedMessage FindOrAdd(string value)
    {
        if (Find(value) is { } found)
        {
            return found;
        }

        var entry = new CheckedMessage(value);
        _byValue.Add(value, entry);
        _entries.Add(entry);
        return entry;
    }
}
