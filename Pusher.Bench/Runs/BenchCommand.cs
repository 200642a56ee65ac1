using System.Runtime.InteropServices;
using Pusher.Bench.Reports;
using Pusher.Bench.Servers;

namespace Pusher.Bench.Runs;

/// <summary><c>transport</c> and <c>peers</c>: servers side by side.</summary>
internal static class BenchCommand
{
    private const int ExitProblems = 1;
    private const int ExitUsage = 2;
    private const int ExitMissing = 3;
    private const int ExitInterrupted = 130;

    // On a disk: in memory fsync costs nothing, and durable figures mean nothing.
    private static string WorkRoot => Environment.GetEnvironmentVariable("PUSHER_BENCH_DIR") is { Length: > 0 } root ? root : "/var/tmp";

    public static Task<int> TransportAsync(string[] arguments) => RunAsync("transport", arguments, TransportSubjects, rate: 20_000, hasSlope: true);

    public static Task<int> PeersAsync(string[] arguments) => RunAsync("peers", arguments, PeerSubjects.All, rate: 5_000, hasSlope: false);

    internal static IReadOnlyList<Subject> TransportSubjects(BenchOptions options)
    {
        Part[] unstored = [new(PartKind.Full, 0, "qos0_"), new(PartKind.Paced, 0, "qos0_")];
        Part[] acked = [new(PartKind.Full), new(PartKind.Paced)];
        Part[] around = [new(PartKind.FanOut, 0), new(PartKind.Login)];
        var idle = new Part(PartKind.Idle);
        return
        [
            new ServeSubject("floor", ServerKind.Floor, [idle, .. acked, .. unstored, .. around]),
            new ServeSubject("epoll", ServerKind.Epoll, [idle, .. acked, .. around]),
            new ServeSubject("saea", ServerKind.Saea, [idle, .. acked, .. around]),
            new ServeSubject("kestrel", ServerKind.Kestrel, [idle, .. acked, .. around]),
            new ServeSubject("node", ServerKind.Node, [idle, .. unstored, .. around]),
            new ServeSubject("node-saea", ServerKind.Node, [idle]) { Arguments = ["--transport", "saea"] },
        ];
    }

    private static async Task<int> RunAsync(string bench, string[] arguments, Func<BenchOptions, IReadOnlyList<Subject>> subjectsOf, int rate, bool hasSlope)
    {
        if (arguments is ["--help"] or ["-h"])
        {
            Console.WriteLine(BenchOptions.Help);
            return 0;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        try
        {
            var options = Prepare(bench, BenchOptions.Parse(arguments, rate));
            var all = subjectsOf(options);
            var subjects = Choose(all, options.Only);
            return await RunAsync(bench, options, subjects, hasSlope ? subjects.FirstOrDefault(s => s.Name == "node") : null, stop.Token).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            return Fail($"{bench}: {e.Message}\n{BenchOptions.Help}", ExitUsage);
        }
        catch (BenchException e)
        {
            return Fail($"{bench}: {e.Message}", ExitMissing);
        }
    }

    private static async Task<int> RunAsync(string bench, BenchOptions options, IReadOnlyList<Subject> subjects, Subject? slope, CancellationToken cancel)
    {
        var work = Directory.CreateDirectory(Path.Combine(WorkRoot, $"pusher-bench-{Guid.NewGuid():N}"));
        try
        {
            var run = new BenchRun(bench, options, subjects, work.FullName);
            var isWhole = true;
            try
            {
                await run.RunAsync(slope, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                isWhole = false;
                Console.Error.WriteLine($"Interrupted; what was measured until then is in {options.OutDirectory} and below.");
            }

            Print(run.Records, subjects);
            Console.Error.WriteLine($"Kept in {options.OutDirectory}; 'report {options.OutDirectory}' makes the page.");
            return !isWhole ? ExitInterrupted : run.Records.Any(r => r.Problems.Count > 0) ? ExitProblems : 0;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static BenchOptions Prepare(string bench, BenchOptions options)
    {
        if (!File.Exists(options.PusherDll))
        {
            throw new BenchException($"--pusher '{options.PusherDll}': no such file; tools/bench builds it and says where it is");
        }

        var directory = options.OutDirectory.Length > 0 ? options.OutDirectory : $"bench-{bench}-{DateTime.UtcNow:yyyyMMdd-HHmmss}";
        directory = Directory.CreateDirectory(directory).FullName;
        File.Delete(Path.Combine(directory, RunLog.FileName));
        MachineInfo.Read(options).Write(directory);
        return options with { OutDirectory = directory };
    }

    internal static IReadOnlyList<Subject> Choose(IReadOnlyList<Subject> all, IReadOnlyList<string> only)
    {
        foreach (var name in only)
        {
            if (all.All(s => s.Name != name))
            {
                throw new FormatException($"--only: there is no server '{name}'; there are {string.Join(", ", all.Select(s => s.Name))}");
            }
        }

        return only.Count == 0 ? all : [.. all.Where(s => only.Contains(s.Name))];
    }

    private static void Print(IReadOnlyList<RunRecord> records, IReadOnlyList<Subject> subjects)
    {
        foreach (var figure in FigureTable.Summarize(records, subjects.ToDictionary(s => s.Name, s => s.Baseline)))
        {
            Console.Out.WriteLine(FigureLine.Format(figure));
        }
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
