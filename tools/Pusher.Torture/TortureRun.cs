using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Torture.Faults;
using Pusher.Torture.Load;
using Pusher.Torture.Report;

namespace Pusher.Torture;

/// <summary>One run: a cluster, load, faults, rest, verdict.</summary>
internal sealed class TortureRun(TortureOptions options, LocalCluster cluster, PowerCut? power)
{
    private const long LateMs = 10_000;
    private static readonly TimeSpan ConnectTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);

    // With the defaults a device that missed a message may wait minutes for the next try: correct, and dull to wait for.
    private static readonly string[] Impatient = ["--ack-timeout", "3s", "--ack-timeout-max", "6s"];

    private readonly DeliveryChecker _checker = new(LateMs);

    public static async Task<TortureResult> RunAsync(TortureOptions options, string directory, CancellationToken stop)
    {
        Say($"starting redis-server, nats-server and {options.Nodes} nodes; seed {options.Seed}{(options.Broken is null ? "" : $"; broken on purpose: {options.Broken}")}");
        var power = options.Faults.Contains(FaultKind.Power) ? await PowerCut.PrepareAsync(directory).ConfigureAwait(false) : null;
        try
        {
            var cluster = await LocalCluster.StartAsync(ClusterOptions(options, directory, power)).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                return await new TortureRun(options, cluster, power).RunAsync(stop).ConfigureAwait(false);
            }
        }
        finally
        {
            if (power is not null)
            {
                await power.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static LocalClusterOptions ClusterOptions(TortureOptions options, string directory, PowerCut? power)
        => new()
        {
            ServerAssembly = options.ServerAssembly,
            Directory = directory,
            Nodes = options.Nodes,
            Tenant = "torture",
            Devices = [.. Fleet.Names(options.Devices, options.Pairs)],
            NodeArguments = options.Broken switch
            {
                null => Impatient,
                "fsync" => [.. Impatient, "--accept-weak-durability"],
                _ => [.. Impatient, "--insecure-dev"],
            },
            NodeEnvironment = options.Broken is null or "fsync" ? new Dictionary<string, string>() : new Dictionary<string, string> { ["PUSHER_BREAK"] = options.Broken },
            RedisFlush = options.Broken == "fsync" ? "no" : "always",
            RedisDirectory = power?.MountPoint,
        };

    private async Task<TortureResult> RunAsync(CancellationToken stop)
    {
        var fleet = new Fleet(cluster, options.Devices, options.Pairs, _checker);
        await using var fleetDisposal = fleet.ConfigureAwait(false);
        if (!await Until.TrueAsync(() => fleet.Online == fleet.Count, ConnectTime, stop).ConfigureAwait(false))
        {
            throw new LocalStartException($"{fleet.Count - fleet.Online} of {fleet.Count} devices did not come online: {fleet.Describe()}");
        }

        var backends = new Backends(cluster, options.Publishers, options.Rate, fleet.Identities, _checker);
        await using var backendsDisposal = backends.ConfigureAwait(false);
        var injector = new FaultInjector(cluster, fleet.Pairs, power, _checker);
        using var ended = new CancellationTokenSource();
        var progress = new Progress(fleet, backends, _checker, injector).RunAsync(ended.Token);
        var problem = await LoadAsync(backends, injector, stop).ConfigureAwait(false);
        await SettleAsync(backends, stop).ConfigureAwait(false);
        if (problem is null && options.Faults.Contains(FaultKind.Nats))
        {
            Say("the last message of each device goes over HTTP while NATS is down: nothing but the sweeper rings for it");
            problem = await new LastMessages(cluster, fleet.Identities, _checker, injector).RunAsync(stop).ConfigureAwait(false);
        }

        problem ??= await DrainAsync(fleet, stop).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await progress.ConfigureAwait(false);
        return new TortureResult(options, _checker.Report(), injector.Done, [.. fleet.OwnedTwice], problem ?? backends.Problem);
    }

    /// <summary>Load and faults until the time is over, then until all is put right again; what went wrong, or null.</summary>
    private async Task<string?> LoadAsync(Backends backends, FaultInjector injector, CancellationToken stop)
    {
        var plan = FaultPlan.Draw(options.Seed, options.Seconds, options.Faults, options.Nodes, options.Pairs);
        Say($"publishing {options.Rate} messages a second to {options.Devices} devices for {options.Seconds} s; {plan.Count} faults are planned");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        var load = backends.RunAsync(end.Token);
        try
        {
            await injector.RunAsync(plan, end.Token, stop).ConfigureAwait(false);
        }
        catch (LocalStartException e)
        {
            return e.Message;
        }
        finally
        {
            await Task.Delay(Timeout.Infinite, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the last fault may be over before
            await load.ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
        return null;
    }

    /// <summary>Until every publish is certain. Before the last messages: one that is repeated behind them would ring for them.</summary>
    private async Task SettleAsync(Backends backends, CancellationToken stop)
    {
        Say("the faults are over; waiting until every publish has its answer");
        if (!await WhileItGoesOnAsync(() => backends.Outstanding == 0, () => backends.Settled, stop).ConfigureAwait(false))
        {
            Say($"{backends.Outstanding} publishes have no certain answer; they are given up");
            await backends.GiveUpAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Until everything accepted is handed over; what did not come about is for the checker to say.</summary>
    private async Task<string?> DrainAsync(Fleet fleet, CancellationToken stop)
    {
        Say("waiting until every accepted message is handed over");
        if (!await WhileItGoesOnAsync(() => _checker.Outstanding == 0, () => _checker.HandedCount, stop).ConfigureAwait(false))
        {
            Say($"{_checker.Outstanding} accepted messages are not handed over");
        }

        var handed = -1L;
        while (handed != _checker.HandedCount)
        {
            handed = _checker.HandedCount;
            await Task.Delay(QuietTime, stop).ConfigureAwait(false); // what comes a second time comes late
        }

        var back = await Until.TrueAsync(() => fleet.Online == fleet.Count, DrainTime, stop).ConfigureAwait(false);
        await Until.TrueAsync(() => !fleet.OwnedTwice.Any(), ConnectTime / 12, stop).ConfigureAwait(false);
        return back ? null : $"{fleet.Count - fleet.Online} devices did not come back: {fleet.Describe()}";
    }

    /// <summary>False when it did not come true, and nothing went on for the time of patience.</summary>
    private async Task<bool> WhileItGoesOnAsync(Func<bool> condition, Func<long> count, CancellationToken stop)
    {
        var patience = TimeSpan.FromSeconds(options.PatienceSeconds);
        var before = -1L;
        while (before != count())
        {
            before = count();
            if (await Until.TrueAsync(() => condition() || count() != before, patience, stop).ConfigureAwait(false) && condition())
            {
                return true;
            }
        }

        return condition();
    }

    private static void Say(string text) => Console.Error.WriteLine(text);
}
