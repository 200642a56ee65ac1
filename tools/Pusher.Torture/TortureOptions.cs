using Pusher.Local;
using Pusher.Torture.Faults;

namespace Pusher.Torture;

/// <summary>What was asked for.</summary>
internal sealed record TortureOptions
{
    public const string Usage = """
        usage: tools/torture [--seconds N] [--faults LIST] [--seed S] [--nodes N] [--devices N] [--publishers N] [--rate N]
                             [--patience N] [--break PART] [--json FILE] [--keep]

        Starts a cluster of its own on this machine (redis-server, nats-server, nodes), publishes to thousands of devices, and breaks things at
        random times. Then it puts all right again, lets everything drain, and judges by the logs of publishers, devices and faults alone.
        Standard output: the faults that were done, and last the line
        'torture: attempted=N accepted=N unknown=N recovered=N ended=N lost=0 dup_handed=0 out_of_order=0 unexpected=0 wrong_device=0 late=N ...'

          --seconds N     load and faults, 5 to 86400 (default 60); the drain comes after it
          --faults LIST   of these (default kill,freeze,redis,nats,drain,flap; 'none' for none):
                            kill    a node gets SIGKILL and is started again
                            freeze  a node gets SIGSTOP for twice its lease, then SIGCONT
                            redis   redis-server gets SIGKILL and is started again on its data
                            nats    nats-server gets SIGKILL and is started again; at the end once more, while each device is
                                    published a last message over HTTP
                            drain   a node gets SIGTERM, and is started again when it has ended
                            flap    two clients of one device throw each other out, on two nodes
                            flush   FLUSHALL; what was published before it may be missing then (lost_with_store)
                            power   the store's machine loses its power: what was not flushed is gone (needs root)
          --seed S        of the times and targets of the faults; 0 to 2147483647 (default: drawn, and printed)
          --nodes N       3 to 16 (default 3)
          --devices N     1 to 10000 (default 2000), each the .NET client library with a connection of its own
          --publishers N  1 to 64 (default 4), each with a connection of its own to NATS
          --rate N        messages a second of all together, 1 to 20000 (default 1000)
          --patience N    after the faults, messages are lost when for so many seconds none was handed over; 5 to 600 (default 45)
          --break PART    the nodes run broken on purpose, to show that the checker finds it; the run must end with exit 1:
                            store   answers OK without writing             fence   a replaced session goes on
                            dedupe  takes a repeated publish for a new one sweep   nobody rings again
                            fsync   Redis does not flush; adds the fault power
          --json FILE     the result as JSON
          --keep          leaves the directory with data and logs, and names it

        Data lies in PUSHER_RUN_DIR, default /var/tmp.
        Exit: 0 nothing accepted was lost, handed over twice, out of order or to the wrong device; 1 something was, or the run did not end;
        2 wrong option; 3 something could not be started.
        """;

    private static readonly string[] Breakable = ["store", "fence", "dedupe", "fsync", "sweep"];

    /// <summary>Path of <c>pusher-server.dll</c>.</summary>
    public string ServerAssembly { get; private init; } = "";

    public int Seconds { get; private init; } = 60;

    public IReadOnlyList<FaultKind> Faults { get; private init; } = FaultKinds.Parse(FaultKinds.Default);

    public int Seed { get; private init; } = Random.Shared.Next();

    public int Nodes { get; private init; } = 3;

    public int Devices { get; private init; } = 2_000;

    public int Publishers { get; private init; } = 4;

    public int Rate { get; private init; } = 1_000;

    /// <summary>How long the drain waits without any progress.</summary>
    public int PatienceSeconds { get; private init; } = 45;

    /// <summary>What is broken on purpose; null = nothing.</summary>
    public string? Broken { get; private init; }

    public string? JsonFile { get; private init; }

    public bool Keep { get; private init; }

    /// <summary>Identities with two clients.</summary>
    public int Pairs => Faults.Contains(FaultKind.Flap) ? 4 : 0;

    /// <exception cref="FormatException">An argument is wrong; the message names it.</exception>
    public static TortureOptions Parse(IReadOnlyList<string> list)
    {
        var options = new TortureOptions();
        for (var arguments = new Arguments(list); arguments.MoveNext();)
        {
            options = arguments.Name switch
            {
                "--server" => options with { ServerAssembly = arguments.Text() },
                "--seconds" => options with { Seconds = arguments.Number(5, 86_400) },
                "--faults" => options with { Faults = arguments.Text() is var names && names == "none" ? [] : FaultKinds.Parse(names) },
                "--seed" => options with { Seed = arguments.Number(0, int.MaxValue) },
                "--nodes" => options with { Nodes = arguments.Number(3, 16) },
                "--devices" => options with { Devices = arguments.Number(1, 10_000) },
                "--publishers" => options with { Publishers = arguments.Number(1, 64) },
                "--rate" => options with { Rate = arguments.Number(1, 20_000) },
                "--patience" => options with { PatienceSeconds = arguments.Number(5, 600) },
                "--break" => options with { Broken = Breakage(arguments.Text()) },
                "--json" => options with { JsonFile = arguments.Text() },
                "--keep" => options with { Keep = true },
                _ => throw arguments.Unknown(),
            };
        }

        return options.ServerAssembly.Length > 0 ? options.WithWhatShowsIt() : throw new FormatException("--server is missing; start this with tools/torture");
    }

    // A Redis that does not flush loses nothing by a crash: the kernel has it. And without the sweeper only a message stays behind that nobody can ring for.
    private TortureOptions WithWhatShowsIt() => Broken switch
    {
        "fsync" when !Faults.Contains(FaultKind.Power) => this with { Faults = [.. Faults.Where(kind => kind != FaultKind.Redis), FaultKind.Power] },
        "sweep" when !Faults.Contains(FaultKind.Nats) => this with { Faults = [.. Faults, FaultKind.Nats] },
        _ => this,
    };

    private static string Breakage(string name)
        => Breakable.Contains(name) ? name : throw new FormatException($"--break: '{name}' is none of {string.Join(", ", Breakable)}");
}
