using Pusher.Core.Protocol;

namespace Pusher.Tests.Simulation;

/// <summary>Breaks things at random while the storm lasts, and repairs them.</summary>
public sealed class SimFaults
{
    private const int LossesMax = 3;

    private readonly SimWorld _world;
    private readonly SimRandom _random;
    private readonly List<Action> _kinds = [];

    public SimFaults(SimWorld world, SimRandom random)
    {
        _world = world;
        _random = random;
        (double Chance, Action Fault)[] all =
        [
            (0.8, CutLink), (0.7, HauntLink), (0.5, CrashNode), (0.4, StopStore), (0.6, CrashDevice),
            (0.3, JumpWall), (0.3, RevokeKey), (0.3, DrainNode), (0.12, LoseStore), (0.3, Reconnect),
        ];
        foreach (var (chance, fault) in all)
        {
            if (random.Chance(chance))
            {
                _kinds.Add(fault);
            }
        }
    }

    public void Start()
    {
        Next();
        Sweep();
        Cancel();
    }

    /// <summary>Everything works from now on.</summary>
    public void Stop()
    {
        _world.IsStorming = false;
        _world.Store.IsUp = true;
        foreach (var node in _world.Nodes)
        {
            node.Restart();
        }

        foreach (var device in _world.Devices)
        {
            device.IsRevoked = false;
        }
    }

    private void Next() => _world.Scheduler.After(_random.Between(1, 2 * _world.Profile.FaultEveryMs), () =>
    {
        if (_world.IsStorming && _kinds.Count > 0)
        {
            _random.Pick(_kinds)();
            Next();
        }
    });

    private void Sweep() => _world.Scheduler.After(_world.Profile.SweepEveryMs, () =>
    {
        if (_world.Store.IsUp)
        {
            _world.Store.Sweep();
            foreach (var (device, stream) in _world.Store.ListWaiting(1_000).ToList())
            {
                foreach (var node in _world.Nodes)
                {
                    node.Ring(device, stream.Stream, stream.LastSeq);
                }
            }
        }

        Sweep();
    });

    private void Cancel() => _world.Scheduler.After(_random.Between(500, 10_000), () =>
    {
        if (_world.IsStorming && _world.Store.IsUp)
        {
            if (_random.Chance(_world.Profile.CancelChance))
            {
                _world.Store.CancelOne();
            }

            Cancel();
        }
    });

    private void CutLink()
    {
        var device = _random.Pick(_world.Devices);
        _world.Trace.Note(device.Key.Device, "FAULT cut");
        device.Cut();
    }

    private void HauntLink()
    {
        var device = _random.Pick(_world.Devices);
        _world.Trace.Note(device.Key.Device, "FAULT half-open, reconnects");
        device.Haunt();
    }

    // Several times in short order: logins overtake each other.
    private void Reconnect()
    {
        var device = _random.Pick(_world.Devices);
        for (var i = _random.Between(2, 6); i > 0; i--)
        {
            _world.Scheduler.After(_random.Between(0, 3_000), () =>
            {
                if (_world.IsStorming)
                {
                    device.Haunt();
                }
            });
        }
    }

    private void CrashNode()
    {
        var node = _random.Pick(_world.Nodes);
        if (node.IsUp)
        {
            node.Crash();
            _world.Scheduler.After(_random.Between(10, 10_000), node.Restart);
        }
    }

    private void StopStore()
    {
        _world.Trace.Note("store", "FAULT down");
        _world.Store.IsUp = false;
        _world.Scheduler.After(_random.Between(100, 20_000), () => _world.Store.IsUp = true);
    }

    private void CrashDevice() => _random.Pick(_world.Devices).Crash(_random.Between(10, 10_000));

    private void JumpWall()
    {
        _world.Trace.Note("clock", "FAULT jumps");
        _world.Wall.Jump(_random.Between(-3_600_000, 3_600_000));
    }

    private void RevokeKey()
    {
        var device = _random.Pick(_world.Devices);
        _world.Trace.Note(device.Key.Device, "FAULT key revoked");
        device.IsRevoked = true;
        foreach (var node in _world.Nodes)
        {
            node.Revoke(device.Key);
        }

        _world.Scheduler.After(_random.Between(100, 20_000), () => device.IsRevoked = false);
    }

    private void DrainNode() => _random.Pick(_world.Nodes).Drain();

    // Found out within five seconds or, when nobody looks, at the next login.
    private void LoseStore()
    {
        if (_world.Store.Incarnation == LossesMax)
        {
            return;
        }

        _world.Store.LoseAll();
        if (_random.Chance(0.5))
        {
            _world.Scheduler.After(_random.Between(0, 5_000), () =>
            {
                foreach (var session in _world.Nodes.SelectMany(n => n.Sessions).ToList())
                {
                    session.Kick(CloseReason.StoreUnavailable, 1_000);
                }
            });
        }
    }
}
