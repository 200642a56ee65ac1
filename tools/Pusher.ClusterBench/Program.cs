using Pusher.ClusterBench;
using Pusher.Local;

return await ToolRun.RunAsync("bench", BenchOptions.Usage, args, stop => ClusterBenchRun.RunAsync(BenchOptions.Parse(args), stop)).ConfigureAwait(false);
