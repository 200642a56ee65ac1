using Pusher.Core.Identity;

namespace Pusher.Local.Checking;

/// <summary>When the store was emptied, when devices were told, and what that excuses.</summary>
internal sealed class StoreLosses
{
    private readonly List<(long FromMs, long ToMs)> _flushes = [];
    private readonly List<(long FromMs, long ToMs)> _freezes = [];
    private readonly Dictionary<DeviceKey, long> _lastReset = [];

    public void Flushed(long fromMs, long toMs) => _flushes.Add((fromMs, toMs));

    public void Frozen(long fromMs, long toMs) => _freezes.Add((fromMs, toMs));

    public void Reset(DeviceKey device, long atMs) => _lastReset[device] = atMs;

    public int ResetsSince(long fromMs) => _lastReset.Values.Count(atMs => atMs >= fromMs);

    /// <summary>True when an accepted message may be missing: it can have been written before a flush, and its device was told of a new stream since.</summary>
    public bool Excuse(CheckedMessage message)
        => message.Device is { } device
            && _flushes.Exists(flush => message.LastSentMs <= flush.ToMs && _lastReset.TryGetValue(device, out var resetMs) && resetMs >= flush.FromMs);

    /// <summary>How often a message may come again: once for each flush between two of its attempts.</summary>
    public int RepeatsOf(CheckedMessage message)
        => _flushes.Count(flush => message.FirstSentMs <= flush.ToMs && (message.LastSentMs >= flush.FromMs || IsHeldOver(message, flush.FromMs, flush.ToMs)));

    // An attempt that nobody answered in time may lie in a node that is frozen. When that wakes it carries it out: behind the flush, for all that the message was
    // published again and accepted before it.
    private bool IsHeldOver(CheckedMessage message, long flushFromMs, long flushToMs)
        => message.FirstSentMs < message.LastSentMs
            && _freezes.Exists(freeze => freeze.FromMs <= flushToMs && freeze.ToMs >= flushFromMs && message.LastSentMs >= freeze.FromMs && message.FirstSentMs <= freeze.ToMs);
}
