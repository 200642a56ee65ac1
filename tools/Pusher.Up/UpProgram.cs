using Pusher.Local;

namespace Pusher.Up;

/// <summary>Runs the demo and turns what happens into an exit code.</summary>
internal static class UpProgram
{
    public static Task<int> RunAsync(string[] arguments)
        => ToolRun.RunAsync("up", UpOptions.Usage, arguments, stop => RunAsync(UpOptions.Parse(arguments), stop));

    private static async Task<int> RunAsync(UpOptions options, CancellationToken stop)
    {
        var run = await DemoRun.StartAsync(options, stop).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            if (options.CheckSeconds == 0)
            {
                await DemoScreen.ShowAsync(run, stop).ConfigureAwait(false);
                return ToolRun.Good;
            }

            var counts = await run.CheckAsync().ConfigureAwait(false);
            Console.Out.WriteLine(counts);
            return counts.IsClean ? ToolRun.Good : ToolRun.Failed;
        }
    }
}
