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
    private readonly Dictionary<string, Entry> _byValue = [];
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<(DeviceKey Device, int Client, uint Stream), ulong> _highest = [];
    private readonly Dictionary<DeviceKey, long> _lastReset = [];
    private readonly List<(long FromMs, long ToMs)> _flushes = [];
    private readonly List<string> _findings = [];
    private readonly long _lateMs;
    private long _outOfOrder;
    private long _handed;

    /// <param name="lateMs">Hand-overs later than this after the acceptance are counted as late.</param>
    public DeliveryChecker(long lateMs = long.MaxValue) => _lateMs = lateMs;

    private enum Answer
    {
        None,
        Unknown,
        Refused,
        Accepted,
    }

    /// <summary>Publisher log: an attempt to publish is about to be sent. The later answers imply it.</summary>
    public void Attempted(DeviceKey device, string value, long atMs = 0)
    {
        lock (_lock)
        {
            var entry = Published(device, value, Answer.None);
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
            var entry = Published(device, value, Answer.Accepted);
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
            Published(device, value, Answer.Unknown);
        }
    }

    /// <summary>Publisher log: an error that says nothing was stored. It never outweighs an earlier "unknown" of the same value.</summary>
    public void Refused(DeviceKey device, string value)
    {
        lock (_lock)
        {
            var entry = Find(value);
            Published(device, value, entry is { Answer: Answer.Unknown } ? Answer.Unknown : Answer.Refused);
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
    /// Fault log: the store was emptied. An accepted message may be missing for it when an attempt was sent before the flush had ended, for only then can it have
    /// been written before, and when its device was told of a new stream since; and its device may get it once more when it was attempted
    /// before and again after, for the record of the first attempt is gone.
    /// </summary>
    /// <param name="fromMs">Before the command was sent.</param>
    /// <param name="toMs">After it was answered.</param>
    public void Flushed(long fromMs, long toMs)
    {
        lock (_lock)
        {
            _flushes.Add((fromMs, toMs));
        }
    }

    /// <summary>Device log: the server told the device of a new stream.</summary>
    public void Reset(DeviceKey device, long atMs)
    {
        lock (_lock)
        {
            _lastReset[device] = atMs;
        }
    }

    /// <summary>Devices that were told of a new stream since.</summary>
    public int ResetsSince(long fromMs)
    {
        lock (_lock)
        {
            return _lastReset.Values.Count(atMs => atMs >= fromMs);
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
                return _entries.Count(e => e is { Answer: Answer.Accepted, Ended: false, HandedTo.Count: 0 } && !IsLostWithTheStore(e));
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
                report = Judge(report, entry, findings);
                if (entry is { Answer: Answer.Accepted, HandedTo.Count: > 0 })
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

    private DeliveryReport Judge(DeliveryReport report, Entry entry, List<string> findings)
    {
        var handed = entry.HandedTo.Count;
        var accepted = entry.Answer == Answer.Accepted;
        var unknown = entry is { Answer: Answer.Unknown or Answer.None, Device: not null };
        var unexpected = handed > 0 && !accepted && !unknown;
        var moved = accepted && handed > 0 && entry.Place.Stream != 0 && entry.HandedTo[0].Place != entry.Place
            && entry.HandedTo[0].Place.Stream == entry.Place.Stream;
        var wrong = entry.Device is { } device ? entry.HandedTo.Count(h => h.Device != device) : 0;
        var missing = accepted && handed == 0 && !entry.Ended;
        var excused = missing && IsLostWithTheStore(entry);
        var lost = missing && !excused;
        var again = entry.HandedTo.GroupBy(h => (h.Device, h.Client)).Sum(hands => hands.Count() - 1);
        var repeated = Math.Min(again, _flushes.Count(f => entry.FirstSentMs <= f.ToMs && entry.LastSentMs >= f.FromMs));
        again -= repeated;
        Find(lost, "lost", entry, findings);
        Find(again > 0, $"handed over {handed} times", entry, findings);
        Find(unexpected, "handed over, but never accepted", entry, findings);
        Find(wrong > 0, "handed over to another device", entry, findings);
        Find(moved, "handed over in another place than the publisher was told", entry, findings);
        return report with
        {
            Attempted = report.Attempted + (entry.Device is null ? 0 : 1),
            Accepted = report.Accepted + (accepted ? 1 : 0),
            Unknown = report.Unknown + (unknown ? 1 : 0),
            Recovered = report.Recovered + (unknown && handed > 0 ? 1 : 0),
            Ended = report.Ended + (accepted && handed == 0 && entry.Ended ? 1 : 0),
            Lost = report.Lost + (lost ? 1 : 0),
            LostWithStore = report.LostWithStore + (excused ? 1 : 0),
            DupHanded = report.DupHanded + again,
            DupAfterFlush = report.DupAfterFlush + repeated,
            DupOtherClient = report.DupOtherClient + Math.Max(0, handed - 1 - again - repeated),
            OutOfOrder = report.OutOfOrder + (moved ? 1 : 0),
            Unexpected = report.Unexpected + (unexpected ? 1 : 0),
            WrongDevice = report.WrongDevice + wrong,
        };
    }

    private static void Find(bool found, string what, Entry entry, List<string> findings)
    {
        if (found && findings.Count < FindingsMax)
        {
            var places = string.Join(", ", entry.HandedTo.Select(h => $"{h.Device} {h.Place.Stream}:{h.Place.Seq}"));
            findings.Add($"{entry.Value} of {entry.Device} at {entry.Place.Stream}:{entry.Place.Seq}: {what} [{places}]");
        }
    }

    private static long Percentile(List<long> sorted, int percent)
        => sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];

    private bool IsLostWithTheStore(Entry entry)
        => entry.Device is { } device
            && _flushes.Exists(f => entry.FirstSentMs <= f.ToMs && _lastReset.TryGetValue(device, out var resetMs) && resetMs >= f.FromMs);

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

    private Entry Published(DeviceKey device, string value, Answer answer)
    {
        var entry = FindOrAdd(value);
        if (entry.Device is { } before && before != device)
        {
            throw new ArgumentException($"The value {value} was published to {before} already; values must be unique.", nameof(value));
        }

        entry.Device = device;
        if (entry.Answer != Answer.Accepted && answer != Answer.None)
        {
            entry.Answer = answer;
        }

        return entry;
    }

    private Entry? Find(string value) => _byValue.GetValueOrDefault(value);

    private Entry FindOrAdd(string value)
    {
        if (Find(value) is { } found)
        {
            return found;
        }

        var entry = new Entry(value);
        _byValue.Add(value, entry);
        _entries.Add(entry);
        return entry;
    }

    private sealed class Entry(string value)
    {
        public string Value { get; } = value;

        public DeviceKey? Device { get; set; }

        public Answer Answer { get; set; }

        public StreamPosition Place { get; set; }

        public long FirstSentMs { get; set; } = long.MaxValue;

        public long LastSentMs { get; set; } = long.MinValue;

        public long AcceptedAtMs { get; set; }

        public long HandedAtMs { get; set; }

        public bool Ended { get; set; }

        public List<(DeviceKey Device, int Client, StreamPosition Place)> HandedTo { get; } = [];
    }
}
