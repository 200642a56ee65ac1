using Pusher.Bench.Store;

return args switch
{
    ["store", .. var rest] => await StoreBench.RunAsync(rest),
    ["store-statements", ..] => StatementBench.Run(),
    ["store-child", .. var rest] => await StoreChild.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: Pusher.Bench MODE [options]
          store [--seconds N] [--directory DIR] [--retain]   durable appends, acks and results of the embedded store
          store-statements                                    SQLite through ADO.NET commands and through its own calls
          store-child DIR                               appends for ever and prints what was answered OK (for crash tests)
        """);
    return 2;
}
