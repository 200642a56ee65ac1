using System.Collections.Concurrent;
using System.Diagnostics;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Torture.Load;

namespace Pusher.Torture.Faults;

/// <summary>Does what the plan says. Two faults of one server follow each other; those of different ones overlap as they fall.</summary>
/// <remarks>Threading: each fault is a task; a gate per server.</remarks>
internal sealed class FaultInjector(LocalCluster cluster, FlappingPair[] pairs, PowerCut? power, DeliveryChecker checker)
{
    private static readonly TimeSpan RestartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();
    private readonly ConcurrentQueue<FaultDone> _done = new();
    private CancellationToken _abort;
    private long _startedAt;
    private int _underWay;

    /// <summary>What was done, in the order of its end.</summary>
    public IReadOnlyList<FaultDone> Done => [.. _done.OrderBy(fault => fault.FromMs)];

    /// <summary>Faults that are under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    private long NowMs => (long)Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Returns when all is put right again. Faults whose time had not come at <paramref name="stop"/> do not happen.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="stop">No new faults.</param>
    /// <param name="abort">The run is given up: nothing is held any longer.</param>
    /// <exception cref="LocalStartException">Something could not be started again, or had ended by itself.</exception>
    public async Task RunAsync(IReadOnlyList<Fault> plan, CancellationToken stop, CancellationToken abort)
    {
        _abort = abort;
        _startedAt = Stopwatch.GetTimestamp();
        await Task.WhenAll(plan.Select(fault => RunAsync(fault, stop))).ConfigureAwait(false);
        foreach (LocalServer server in (LocalServer[])[cluster.Redis, cluster.Nats, .. cluster.Nodes])
        {
            MustRun(server);
        }
    }

    /// <summary>NATS is down as long as <paramref name="meanwhile"/> takes.</summary>
    /// <exception cref="LocalStartException">It could not be started again.</exception>
    public async Task WithoutNatsAsync(Func<Task<string>> meanwhile)
    {
        var from = NowMs;
        await cluster.Nats.KillAsync().ConfigureAwait(false);
        var note = await meanwhile().ConfigureAwait(false);
        await RestartAsync(cluster.Nats).ConfigureAwait(false);
        _done.Enqueue(new FaultDone(FaultKind.Nats, cluster.Nats.Name, from, NowMs, note));
    }

    private async Task RunAsync(Fault fault, CancellationToken stop)
    {
        var gate = _gates.GetOrAdd(GateOf(fault), _ => new SemaphoreSlim(1, 1));
        try
        {
            await Task.Delay(fault.AtMs, stop).ConfigureAwait(false);
            await gate.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return; // its time did not come
        }

        Interlocked.Increment(ref _underWay);
        try
        {
            var from = NowMs;
            if (fault.Kind != FaultKind.Flap)
            {
                MustRun(ServerOf(fault));
            }

            var note = await DoAsync(fault, stop).ConfigureAwait(false);
            _done.Enqueue(new FaultDone(fault.Kind, GateOf(fault), from, NowMs, note));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            gate.Release();
        }
    }

    private string GateOf(Fault fault) => fault.Kind == FaultKind.Flap ? pairs[fault.Target].Name : ServerOf(fault).Name;

    private LocalServer ServerOf(Fault fault) => fault.Kind switch
    {
        FaultKind.Kill or FaultKind.Freeze or FaultKind.Drain => cluster.Nodes[fault.Target],
        FaultKind.Nats => cluster.Nats,
        _ => cluster.Redis,
    };

    // Whoever takes a server down puts it up again before the next one may: one that is down now has ended by itself.
    private void MustRun(LocalServer server)
    {
        if (server.ProcessId is null && !_abort.IsCancellationRequested)
        {
            throw new LocalStartException($"{server.Name} ended by itself, and nothing may end but by a fault:\n{server.Tail}");
        }
    }

    private async Task<string> DoAsync(Fault fault, CancellationToken stop)
    {
        switch (fault.Kind)
        {
            case FaultKind.Freeze:
                var node = cluster.Nodes[fault.Target];
                var frozenFrom = Environment.TickCount64;
                await node.FreezeAsync().ConfigureAwait(false);
                await HoldAsync(fault.HoldMs).ConfigureAwait(false); // to its end: a shorter one would prove nothing
                await node.ThawAsync().ConfigureAwait(false);
                checker.Frozen(frozenFrom, Environment.TickCount64);
                return "";
            case FaultKind.Kill:
                return await KillAsync(cluster.Nodes[fault.Target], fault.HoldMs).ConfigureAwait(false);
            case FaultKind.Redis:
                return await KillAsync(cluster.Redis, fault.HoldMs).ConfigureAwait(false);
            case FaultKind.Nats:
                return await KillAsync(cluster.Nats, fault.HoldMs).ConfigureAwait(false);
            case FaultKind.Drain:
                return await DrainAsync(cluster.Nodes[fault.Target]).ConfigureAwait(false);
            case FaultKind.Flush:
                var from = Environment.TickCount64;
                await RedisCommand.SendAsync(cluster.Redis, "FLUSHALL").ConfigureAwait(false);
                checker.Flushed(from, Environment.TickCount64);
                return "";
            case FaultKind.Flap:
                return await pairs[fault.Target].FlapAsync(TimeSpan.FromMilliseconds(fault.HoldMs), stop).ConfigureAwait(false);
            case FaultKind.Power:
                return await power!.CutAsync(cluster.Redis).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"{fault.Kind} is not known");
        }
    }

    private async Task HoldAsync(int milliseconds) => await Task.Delay(milliseconds, _abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<string> KillAsync(LocalServer server, int downMs)
    {
        var id = server.ProcessId;
        await server.KillAsync().ConfigureAwait(false);
        await HoldAsync(downMs).ConfigureAwait(false);
        await RestartAsync(server).ConfigureAwait(false);
        return $"pid {id} killed, down {downMs} ms, pid {server.ProcessId} started";
    }

    private async Task<string> DrainAsync(LocalServer server)
    {
        var from = Stopwatch.GetTimestamp();
        var code = await server.StopAsync(DrainTime).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        await RestartAsync(server).ConfigureAwait(false);
        return $"exit {code} after {seconds:0.0} s";
    }

    /// <summary>As whatever supervises it would: again, while what it needs is away.</summary>
    private async Task RestartAsync(LocalServer server)
    {
        var from = Stopwatch.GetTimestamp();
        while (!_abort.IsCancellationRequested)
        {
            try
            {
                await server.StartAsync().ConfigureAwait(false);
                return;
            }
            catch (LocalStartException) when (Stopwatch.GetElapsedTime(from) < RestartTime)
            {
                await Task.Delay(200).ConfigureAwait(false);
            }
        }
    }
}
