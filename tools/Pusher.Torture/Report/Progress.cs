using System.Diagnostics;
using Pusher.Local.Checking;
using Pusher.Torture.Faults;
using Pusher.Torture.Load;

namespace Pusher.Torture.Report;

/// <summary>Says on standard error how a run gets on, and each fault when it is over.</summary>
internal sealed class Progress(Fleet fleet, Backends backends, DeliveryChecker checker, FaultInjector injector)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    public async Task RunAsync(CancellationToken stop)
    {
        var told = 0;
        while (!stop.IsCancellationRequested)
        {
            var done = injector.Done;
            Console.Error.WriteLine(
                $"{Stopwatch.GetElapsedTime(_startedAt).TotalSeconds,6:0} s  online {fleet.Online}/{fleet.Count}  accepted {backends.Settled}  outstanding {backends.Outstanding}"
                + $"  errors {backends.Refused}  unknown {backends.Unknown}  handed {checker.HandedCount}  faults {done.Count}+{injector.UnderWay}"
                + (done.Count > told ? $"  ({string.Join(", ", done.Skip(told).Select(fault => $"{FaultKinds.NameOf(fault.Kind)} {fault.Target}"))})" : ""));
            told = done.Count;
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
