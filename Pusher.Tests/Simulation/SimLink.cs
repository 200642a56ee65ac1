namespace Pusher.Tests.Simulation;

/// <summary>A TCP connection between a device and a node, with its ways to fail.</summary>
public sealed class SimLink
{
    private readonly SimWorld _world;
    private readonly SimRandom _random;
    private bool _deviceKnows;
    private bool _nodeKnows;

    public SimLink(SimWorld world, SimRandom random)
    {
        _world = world;
        _random = random;
        Up = new SimPipe(world, random.Split(), world.Profile.LatencyMaxMs);
        Down = new SimPipe(world, random.Split(), world.Profile.LatencyMaxMs);
    }

    /// <summary>From the device to the node.</summary>
    public SimPipe Up { get; }

    public SimPipe Down { get; }

    /// <summary>The device's side is told, at most once, that the connection is gone.</summary>
    public required Action DeviceLost { get; init; }

    /// <summary>The same for the node's side.</summary>
    public required Action NodeLost { get; init; }

    /// <summary>The device closes: what it sent still arrives, then the end.</summary>
    public void CloseByDevice()
    {
        Down.Break();
        _deviceKnows = true;
        Up.AfterAll(TellNode);
    }

    /// <summary>The node closes: what it sent still arrives, then the end.</summary>
    public void CloseByNode()
    {
        Up.Break();
        TellNodeSoon(_random.Between(0, 5));
        Down.AfterAll(TellDevice);
    }

    /// <summary>Both sides lose the connection and what was on the way; each learns of it in its own time, or by its deadlines only.</summary>
    public void Cut()
    {
        Up.Break();
        Down.Break();
        TellNodeSoon(LearnsAfterMs());
        TellDeviceSoon(LearnsAfterMs());
    }

    /// <summary>
    /// The device has gone away and connects again, while the node still believes in this connection: what the device sent
    /// keeps coming in, late; what the node sends goes nowhere.
    /// </summary>
    public void Haunt()
    {
        Down.Break();
        Up.Stall(_random.Skewed(0, 20_000));
        TellDeviceSoon(0);
        if (_random.Chance(0.5))
        {
            Up.AfterAll(TellNode);
        }
    }

    /// <summary>The node's machine is gone: no end is sent, the device gets a reset when it next looks.</summary>
    public void NodeCrashed()
    {
        _nodeKnows = true;
        Up.Break();
        Down.Break();
        TellDeviceSoon(LearnsAfterMs());
    }

    private int LearnsAfterMs() => _random.Chance(0.15) ? -1 : _random.Skewed(0, 20_000);

    private void TellNodeSoon(int delayMs)
    {
        if (delayMs >= 0)
        {
            _world.Scheduler.After(delayMs, TellNode);
        }
    }

    private void TellDeviceSoon(int delayMs)
    {
        if (delayMs >= 0)
        {
            _world.Scheduler.After(delayMs, TellDevice);
        }
    }

    private void TellNode()
    {
        if (!_nodeKnows)
        {
            _nodeKnows = true;
            Up.Break();
            Down.AfterAll(TellDevice);
            NodeLost();
        }
    }

    private void TellDevice()
    {
        if (!_deviceKnows)
        {
            _deviceKnows = true;
            Down.Break();
            DeviceLost();
        }
    }
}
