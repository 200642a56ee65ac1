using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Server.Sessions;

namespace Pusher.Tests.Simulation;

/// <summary>One server process: its sessions, its directory, and the store calls that are not committed yet.</summary>
public sealed class SimNode(SimWorld world, int index, SimRandom random)
{
    private readonly List<SimSession> _sessions = [];
    private readonly Dictionary<DeviceKey, SimSession> _directory = [];
    private readonly List<Action> _batch = [];
    private bool _flushing;

    public string Name { get; } = $"node-{index}";

    public string Address { get; } = $"node-{index}:7000";

    public bool IsUp { get; private set; } = true;

    /// <summary>Grows with every crash: an answer of an earlier life goes nowhere.</summary>
    public int Life { get; private set; }

    public IReadOnlyList<SimSession> Sessions => _sessions;

    public SimSession Accept(SimLink link)
    {
        var session = new SimSession(world, this, link, random.Split());
        _sessions.Add(session);
        return session;
    }

    public void Forget(SimSession session) => _sessions.Remove(session);

    /// <summary>As <see cref="SessionDirectory.Join"/>; the older one is told at once.</summary>
    public JoinOutcome Join(SimSession session)
    {
        var present = _directory.GetValueOrDefault(session.Device);
        if (present is not null && session.Order.IsOlderThan(present.Order))
        {
            return JoinOutcome.Superseded;
        }

        if (present is not null && present.ClaimedEpoch > session.ClaimedEpoch)
        {
            return JoinOutcome.Replaced;
        }

        _directory[session.Device] = session;
        if (present is not null)
        {
            Post(() => present.Replaced());
        }

        return JoinOutcome.Joined;
    }

    public void Leave(SimSession session)
    {
        if (_directory.GetValueOrDefault(session.Device) == session)
        {
            _directory.Remove(session.Device);
        }
    }

    /// <summary>Another node claimed the device with this epoch.</summary>
    public void Kick(DeviceKey device, ulong epoch)
    {
        if (_directory.TryGetValue(device, out var session) && session.ClaimedEpoch < epoch)
        {
            _directory.Remove(device);
            session.Replaced();
        }
    }

    public void Ring(StoredMessage message, DeviceKey device)
    {
        if (_directory.TryGetValue(device, out var session))
        {
            Post(() => session.Stored(message));
        }
    }

    public void Ring(DeviceKey device, uint stream, ulong lastSeq)
    {
        if (_directory.TryGetValue(device, out var session))
        {
            Post(() => session.Ring(stream, lastSeq));
        }
    }

    public void Revoke(DeviceKey device)
    {
        if (_directory.TryGetValue(device, out var session))
        {
            Post(() => session.Kick(CloseReason.Revoked, ProtocolLimits.RetryNever));
        }
    }

    public void Drain()
    {
        foreach (var session in _sessions.ToList())
        {
            session.Kick(CloseReason.Draining, (uint)random.Between(0, 3_000));
        }
    }

    /// <summary>A write that is committed with the next batch, and lost with a crash before it.</summary>
    public void Write(Action commit)
    {
        _batch.Add(commit);
        if (!_flushing)
        {
            _flushing = true;
            After(1 + random.Skewed(0, world.Profile.StoreDelayMaxMs), Flush);
        }
    }

    public void Crash()
    {
        world.Trace.Note(Name, "CRASH sessions", (ulong)_sessions.Count);
        IsUp = false;
        Life++;
        _batch.Clear();
        _flushing = false;
        _directory.Clear();
        foreach (var session in _sessions)
        {
            session.Die();
        }

        _sessions.Clear();
    }

    public void Restart()
    {
        if (!IsUp)
        {
            world.Trace.Note(Name, "restarted");
            IsUp = true;
        }
    }

    /// <summary>Runs later, unless the node crashes before.</summary>
    public void After(int delayMs, Action action)
    {
        var life = Life;
        world.Scheduler.After(delayMs, () =>
        {
            if (life == Life)
            {
                action();
            }
        });
    }

    private void Post(Action action) => After(random.Chance(0.9) ? 0 : random.Between(0, 5), action);

    private void Flush()
    {
        if (!world.Store.IsUp)
        {
            After(100, Flush);
            return;
        }

        _flushing = false;
        var batch = _batch.ToList();
        _batch.Clear();
        batch.ForEach(commit => commit());
    }
}
