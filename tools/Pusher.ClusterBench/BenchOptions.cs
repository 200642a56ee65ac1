using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>What was asked for.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        usage: tools/bench cluster [--short] [--devices N] [--seconds N] [--batch N] [--kills N] [--only PART,...] [--keep]

        Measures clusters on this machine: redis-server (append only file, flushed with every write), nats-server, nodes and the load share its
        processors. Standard output has one line a figure, 'bench cluster.NAME value unit', and where there is an aim 'aim BOUND reached|missed';
        progress goes to standard error. The whole takes 15 to 25 minutes: towards the end rounds and kills are left out rather.

        parts    memory      Redis memory of a connected device
                 throughput  durable messages through NATS and Redis to devices of one of three nodes; commands and bus messages for each
                 batches     the same, published in batches
                 hop         2,000 messages a second, by the device's node or by another as it falls: what the way between nodes adds
                 redis       Redis is down for 10 s
                 nats        NATS is down for 10 s
                 flush       FLUSHALL under load
                 failover    a node is killed with all devices on it; they reconnect elsewhere

          --short      a quick form, for seeing that it works; its figures mean little
          --devices N  of failover, throughput and batches, 10 to 10000 (default 3000)
          --batch N    messages in a batch of batches, 2 to 1024 (default 16)
          --seconds N  measured time of throughput, batches and hop, 2 to 600 (default 15)
          --rounds N   of all parts but memory and failover; the figures are medians, 1 to 20 (default 3)
          --kills N    of failover, 1 to 100 (default 20)
          --only LIST  only these parts
          --keep       leaves the directory with data and logs, and names it
        Data lies in PUSHER_RUN_DIR, default /var/tmp.
        Exit: 0 measured, 1 a message was lost or a part could not be measured, 2 wrong option, 3 something could not be started.
        """;

    public static readonly string[] AllParts = ["memory", "throughput", "batches", "hop", "redis", "nats", "flush", "failover"];

    public string ServerAssembly { get; private init; } = "";

    /// <summary>Path of <c>pusher.dll</c>, whose load engine the throughput is measured with.</summary>
    public string PusherAssembly { get; private init; } = "";

    public int Devices { get; private init; } = 3_000;

    public int Seconds { get; private init; } = 15;

    public int Rounds { get; private init; } = 3;

    /// <summary>Messages that the part 'batches' publishes together.</summary>
    public int Batch { get; private init; } = 16;

    public int Kills { get; private init; } = 20;

    /// <summary>How long Redis or NATS is down, seconds.</summary>
    public int DownSeconds { get; private init; } = 10;

    public bool Keep { get; private init; }

    public IReadOnlyList<string> Parts { get; private init; } = AllParts;

    /// <exception cref="FormatException">An argument is wrong; the message names it.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> list)
    {
        var options = new BenchOptions();
        for (var arguments = new Arguments(list); arguments.MoveNext();)
        {
            options = arguments.Name switch
            {
                "--server" => options with { ServerAssembly = arguments.Text() },
                "--pusher" => options with { PusherAssembly = arguments.Text() },
                "--short" => options with { Devices = 300, Seconds = 3, Rounds = 1, Kills = 2, DownSeconds = 4 },
                "--devices" => options with { Devices = arguments.Number(10, 10_000) },
                "--seconds" => options with { Seconds = arguments.Number(2, 600) },
                "--rounds" => options with { Rounds = arguments.Number(1, 20) },
                "--batch" => options with { Batch = arguments.Number(2, 1024) },
                "--kills" => options with { Kills = arguments.Number(1, 100) },
                "--only" => options with { Parts = PartsOf(arguments.Text()) },
                "--keep" => options with { Keep = true },
                _ => throw arguments.Unknown(),
            };
        }

        return options.ServerAssembly.Length > 0 && options.PusherAssembly.Length > 0
            ? options
            : throw new FormatException("--server and --pusher are missing; start this with tools/bench cluster");
    }

    private static string[] PartsOf(string list)
    {
        var parts = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(parts, part => !AllParts.Contains(part)) is { } unknown
            ? throw new FormatException($"--only: '{unknown}' is none of {string.Join(", ", AllParts)}")
            : parts;
    }
}
