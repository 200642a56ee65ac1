using Pusher.Core.Identity;
using Pusher.Router.Stores;

namespace Pusher.Router.Dispatch;

/// <summary>
/// When the sweeper rings again for a device that it found waiting before: a printer without paper or a device that is away waits for hours, and is not
/// rung for at every turn. A device that is not found waiting any more is forgotten, so its next lost ring is repeated at once.
/// </summary>
/// <remarks>Threading: the sweeper's loop.</remarks>
internal sealed class RingBackoff(SweeperOptions options)
{
    /// <summary>Some 100 bytes each. Devices beyond are rung for at every turn.</summary>
    private const int DevicesMax = 200_000;

    private readonly Dictionary<DeviceKey, Rung> _rung = [];
    private int _pass;

    /// <summary>True when it is time to ring; counted as a ring then.</summary>
    /// <param name="waiting">What was found.</param>
    /// <param name="nowMs">Monotonic.</param>
    public bool MayRing(WaitingStream waiting, long nowMs)
    {
        if (!_rung.TryGetValue(waiting.Device, out var before))
        {
            if (_rung.Count < DevicesMax)
            {
                _rung.Add(waiting.Device, new Rung(_pass, nowMs, options.RingAgainMs, waiting.Stream, waiting.LastSeq));
            }

            return true;
        }

        // Something new may have come with a ring that was lost: that is found out sooner than whether the old one is taken.
        var isNews = before.Stream != waiting.Stream || before.LastSeq < waiting.LastSeq;
        var pauseMs = isNews ? Math.Min(before.PauseMs, options.WaitingAgeMs) : before.PauseMs;
        if (nowMs - before.AtMs < pauseMs)
        {
            _rung[waiting.Device] = before with { Pass = _pass };
            return false;
        }

        _rung[waiting.Device] = new Rung(_pass, nowMs, Math.Min(2 * before.PauseMs, options.RingAgainMaxMs), waiting.Stream, waiting.LastSeq);
        return true;
    }

    /// <summary>All that waits was looked at: who was not among them is forgotten.</summary>
    public void EndPass()
    {
        foreach (var (device, rung) in _rung)
        {
            if (rung.Pass != _pass)
            {
                _rung.Remove(device); // allowed while a Dictionary is enumerated
            }
        }

        _pass++;
    }

    private readonly record struct Rung(int Pass, long AtMs, int PauseMs, uint Stream, ulong LastSeq);
}
