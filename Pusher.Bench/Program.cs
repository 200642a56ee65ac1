using Pusher.Bench.Cluster;
using Pusher.Bench.Reports;
using Pusher.Bench.Runs;
using Pusher.Bench.Servers;
using Pusher.Bench.Store;
using Pusher.Bench.Suites;

return args switch
{
    ["store", .. var rest] => await StoreBench.RunAsync(rest),
    ["store-statements", ..] => StatementBench.Run(),
    ["store-child", .. var rest] => await StoreChild.RunAsync(rest),
    ["hop", .. var rest] => await HopBench.RunAsync(rest),
    ["suites", .. var rest] => SuitesCommand.Run(rest),
    ["allocations", .. var rest] => SuitesCommand.CountAllocations(rest),
    ["transport", .. var rest] => await BenchCommand.TransportAsync(rest),
    ["peers", .. var rest] => await BenchCommand.PeersAsync(rest),
    ["report", .. var rest] => ReportCommand.Run(rest),
    ["serve", .. var rest] => await ServeCommand.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: Pusher.Bench MODE [options]
          store [--seconds N] [--directory DIR] [--retain]   durable appends, acks and results of the embedded store
          store --redis ADDRESS [--seconds N] [--lanes N]     the same of the store in Redis
          store-statements                                    SQLite through ADO.NET commands and through its own calls
          hop NATS-URL RATE SECONDS                           what a ring between two nodes takes
          suites [--filter PATTERN] [--short] [--artifacts DIR]   the BenchmarkDotNet suites
          allocations [SUITE]...                        bytes per operation of every benchmark, as tools/test checks them
          transport [options]                           floor, epoll, SAEA, Kestrel and the whole node on the same work; see transport --help
          peers [options]                               the product, mosquitto and nats-server on the same work
          report DIR... [--doc FILE]                    table and plots of such runs, into a page's marked sections
          serve --kind KIND [options]                   a server to be measured; see serve --help
          store-child DIR                               appends for ever and prints what was answered OK (for crash tests)
        """);
    return 2;
}
