using Pusher.Router.Routes;

namespace Pusher.Tests.Simulation;

/// <summary>All parts of one run, and what they share.</summary>
public sealed class SimWorld
{
    private const int ViolationsMax = 20;

    private readonly List<string> _violations = [];

    public SimWorld(ulong seed, SimBreakage breakage, bool keepText)
    {
        Random = new SimRandom(seed);
        Breakage = breakage;
        Profile = SimProfile.Draw(Random.Split(), breakage);
        Scheduler = new SimScheduler();
        Wall = new SimWallClock(Scheduler);
        Trace = new SimTrace(Scheduler, keepText);
        Routes = new MemoryRouteTable("cluster", Wall);
        Checker = new DeliveryChecker();
        Store = new SimStore(this, Random.Split());
        Nodes = [.. Enumerable.Range(0, Profile.Nodes).Select(i => new SimNode(this, i, Random.Split()))];
        Devices = [.. Enumerable.Range(0, Profile.Devices).Select(i => new SimDevice(this, i, Random.Split()))];
    }

    public SimRandom Random { get; }

    public SimBreakage Breakage { get; }

    public SimProfile Profile { get; }

    public SimScheduler Scheduler { get; }

    public SimWallClock Wall { get; }

    public SimTrace Trace { get; }

    public MemoryRouteTable Routes { get; }

    public DeliveryChecker Checker { get; }

    public SimStore Store { get; }

    public IReadOnlyList<SimNode> Nodes { get; }

    public IReadOnlyList<SimDevice> Devices { get; }

    /// <summary>False once the faults have stopped and the run is only waiting for everything to arrive.</summary>
    public bool IsStorming { get; set; } = true;

    /// <summary>Broken invariants in words; the first ones.</summary>
    public IReadOnlyList<string> Violations => _violations;

    public void Violate(string who, string what)
    {
        Trace.Note(who, "VIOLATION " + what);
        if (_violations.Count < ViolationsMax)
        {
            _violations.Add($"{Scheduler.NowMs} ms {who}: {what}");
        }
    }
}
