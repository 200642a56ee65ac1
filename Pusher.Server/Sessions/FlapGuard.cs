using BitFaster.Caching.Lru;
using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Routes;

namespace Pusher.Server.Sessions;

/// <summary>
/// Slows two clients down that log in as one device and throw each other out in turn: each takes the other's place some times, then this node refuses the
/// device for a time that doubles with each further turn. One of them stays online meanwhile, and its messages are printed. A client that
/// comes back in its own place (a bad radio) is not meant.
/// </summary>
/// <remarks>Threading: any thread. Every node judges by the logins it sees itself; the two halves of a fight on two nodes are each slowed.</remarks>
public sealed class FlapGuard(TimeProvider time, ILogger logger)
{
    /// <summary>A session that lived so long before it was replaced was no part of a fight.</summary>
    private const long FightMs = 30_000;

    /// <summary>Takeovers in a row that are nobody's fault: a printer is exchanged, a cable moved, a test run.</summary>
    private const int FreeTurns = 10;

    private const uint FirstDelayMs = 2_000;
    private const uint LastDelayMs = 60_000;
    private const int DevicesMax = 4_096;

    private readonly FastConcurrentLru<DeviceKey, FlapState> _states = new(DevicesMax);
    private long _fights;
    private long _refused;

    /// <summary>Fights that were found.</summary>
    public long Fights => Volatile.Read(ref _fights);

    /// <summary>Logins that were refused for one.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>For how long the device is refused from now on, milliseconds; 0 = it may log in.</summary>
    public uint DelayMs(DeviceKey device)
    {
        if (!_states.TryGet(device, out var state))
        {
            return 0;
        }

        var left = state.RefusedUntilMs - NowMs();
        if (left <= 0)
        {
            return 0;
        }

        Interlocked.Increment(ref _refused);
        return (uint)left;
    }

    /// <summary>A login was granted, and took the device from <paramref name="replaced"/>.</summary>
    public void TookOver(DeviceKey device, in Route route, in Route replaced)
    {
        var isItself = route.Order.Instance != 0 && route.Order.Instance == replaced.Order.Instance;
        var delayMs = _states.TryGet(device, out var known) ? known.DelayMs : 0; // so long the owner was safe
        if (isItself || route.SinceUnixMs - replaced.SinceUnixMs > FightMs + delayMs)
        {
            return;
        }

        var state = known ?? _states.GetOrAdd(device, static _ => new FlapState());
        lock (state)
        {
            var now = NowMs();
            state.Turns = state.Turns > 0 && now - state.LastTurnMs <= FightMs + state.DelayMs ? state.Turns + 1 : 1;
            state.LastTurnMs = now;
            if (state.Turns <= FreeTurns)
            {
                return;
            }

            state.DelayMs = Math.Min(LastDelayMs, FirstDelayMs << Math.Min(state.Turns - FreeTurns - 1, 10));
            state.RefusedUntilMs = now + state.DelayMs;
            if (state.Turns == FreeTurns + 1)
            {
                Interlocked.Increment(ref _fights);
                SessionLog.Fight(logger, device, state.Turns);
            }
        }
    }

    private long NowMs() => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
