using System.Runtime.InteropServices;
using Pusher.Local;

namespace Pusher.Up;

/// <summary>Runs the demo and turns what happens into an exit code.</summary>
internal static class UpProgram
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.Out.WriteLine(UpOptions.Usage);
            return 0;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        try
        {
            return await RunAsync(UpOptions.Parse(arguments), stop.Token).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"up: {e.Message} (see tools/up --help)");
            return 2;
        }
        catch (LocalStartException e)
        {
            Console.Error.WriteLine($"up: {e.Message}");
            return 3;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("up: stopped before the end");
            return 1;
        }
    }

    private static async Task<int> RunAsync(UpOptions options, CancellationToken stop)
    {
        var run = await DemoRun.StartAsync(options, stop).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            if (options.CheckSeconds == 0)
            {
                await DemoScreen.ShowAsync(run, stop).ConfigureAwait(false);
                return 0;
            }

            var counts = await run.CheckAsync().ConfigureAwait(false);
            Console.Out.WriteLine(counts);
            return counts.IsClean ? 0 : 1;
        }
    }
}
