using Pusher.Local;

namespace Pusher.Cluster;

/// <summary>What was asked for.</summary>
/// <param name="ServerAssembly">Path of <c>pusher-server.dll</c>.</param>
/// <param name="Nodes">1 to 16.</param>
/// <param name="CheckSeconds">0 = until Ctrl-C; otherwise for so long, under load, with a crash in the middle.</param>
/// <param name="Devices">Devices that may log in, 1 to 1,000; with a check they do.</param>
/// <param name="Rate">Messages a second of a check.</param>
/// <param name="Keep">Leaves the directory.</param>
/// <param name="NodeArguments">Further options of every node.</param>
internal sealed record ClusterOptions(string ServerAssembly, int Nodes, int CheckSeconds, int Devices, int Rate, bool Keep, IReadOnlyList<string> NodeArguments)
{
    public const string Usage = """
        usage: tools/cluster [--nodes N] [--devices N] [--keep] [--check SECONDS [--rate N]] [-- OPTION OF THE NODES...]

        Starts redis-server (append only file, flushed with every write), nats-server and N nodes that share them, on free ports of this machine,
        prints their addresses, and stops everything it started on Ctrl-C.

          --nodes N        nodes, 1 to 16 (default 3)
          --devices N      devices that may log in, 1 to 1000 (default 3): demo/printer-1, ...; their key files are in the directory that is printed
          --check SECONDS  4 to 3600: runs for so long with all devices connected and one publisher, kills a node (SIGKILL) in the middle and
                           starts it again, and ends with one line
                           'check: attempted=N accepted=N ... lost=0 dup_handed=0 out_of_order=0 unexpected=0 wrong_device=0 ...'
          --rate N         messages a second of the check, 1 to 10000 (default 100)
          --keep           leaves the directory with data, logs and keys, and names it
          -- ...           the rest goes to every node, as -- --log-level information

        Data lies in PUSHER_RUN_DIR, default /var/tmp.
        Exit: 0 all well, 1 the check failed or was interrupted, 2 wrong option, 3 something could not be started.
        """;

    /// <exception cref="FormatException">An argument is wrong; the message names it.</exception>
    public static ClusterOptions Parse(IReadOnlyList<string> list)
    {
        var options = new ClusterOptions("", 3, 0, 3, 100, false, []);
        for (var arguments = new Arguments(list); arguments.MoveNext();)
        {
            options = arguments.Name switch
            {
                "--server" => options with { ServerAssembly = arguments.Text() },
                "--nodes" => options with { Nodes = arguments.Number(1, 16) },
                "--check" => options with { CheckSeconds = arguments.Number(4, 3600) },
                "--devices" => options with { Devices = arguments.Number(1, 1000) },
                "--rate" => options with { Rate = arguments.Number(1, 10_000) },
                "--keep" => options with { Keep = true },
                "--" => options with { NodeArguments = arguments.Rest() },
                _ => throw arguments.Unknown(),
            };
        }

        return options.ServerAssembly.Length > 0 ? options : throw new FormatException("--server is missing; start this with tools/cluster");
    }
}
