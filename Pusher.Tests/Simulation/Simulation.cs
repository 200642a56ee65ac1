namespace Pusher.Tests.Simulation;

/// <summary>
/// One run from one seed: devices, nodes, publishers and faults for a while, then no more faults until everything has arrived,
/// then the verdict. Single-threaded; a seed always gives the same run.
/// </summary>
public static class Simulation
{
    private const long EventsMax = 5_000_000;
    private const long SettleMaxMs = 4 * 3_600_000;
    private const long LookEveryMs = 5_000;

    public static SimResult Run(ulong seed, SimBreakage breakage = default, bool keepText = false)
    {
        var world = new SimWorld(seed, breakage, keepText);
        var publisher = new SimPublisher(world, world.Random.Split());
        var faults = new SimFaults(world, world.Random.Split());
        try
        {
            Play(world, publisher, faults);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            world.Violate("simulation", e.ToString());
        }

        return new SimResult(
            seed,
            world.Checker.Report(),
            world.Violations,
            world.Trace.Hash,
            world.Scheduler.EventCount,
            world.Scheduler.NowMs,
            world.Devices.Sum(d => d.Takeovers),
            world.Trace.Lines);
    }

    private static void Play(SimWorld world, SimPublisher publisher, SimFaults faults)
    {
        var scheduler = world.Scheduler;
        foreach (var device in world.Devices)
        {
            scheduler.After(world.Random.Between(0, 2_000), device.Boot);
        }

        publisher.Start();
        faults.Start();
        scheduler.RunUntil(scheduler.NowMs + world.Profile.StormMs, EventsMax);
        faults.Stop();
        world.Trace.Note("clock", "the storm is over");
        var end = scheduler.NowMs + SettleMaxMs;
        while (!IsQuiet(world, publisher) && scheduler.NowMs < end && world.Violations.Count == 0)
        {
            scheduler.RunUntil(scheduler.NowMs + LookEveryMs, EventsMax);
        }

        // Long enough for every retry and heartbeat that is still planned to show itself.
        var rest = Math.Max(world.Profile.Session.AckTimeoutMaxMs, world.Profile.Session.HeartbeatMs * 2) + 10_000;
        scheduler.RunUntil(scheduler.NowMs + rest, EventsMax);
        CheckSessions(world);
    }

    private static bool IsQuiet(SimWorld world, SimPublisher publisher)
        => publisher.Open == 0 && world.Store.PendingCount == 0 && world.Devices.All(d => d.IsOnline);

    private static void CheckSessions(SimWorld world)
    {
        foreach (var device in world.Devices)
        {
            var live = world.Nodes.SelectMany(n => n.Sessions).Count(s => s.IsLive && s.Device == device.Key);
            if (live != 1)
            {
                world.Violate(device.Key.Device, $"{live} live sessions in the end");
            }
        }
    }
}
