using Pusher.Tests.Simulation;

namespace Pusher.Tests;

/// <summary>Runs the simulator when the first argument is <c>simulate</c>, else the tests, as xunit's own entry point does.</summary>
public static class Program
{
    private const int PoolThreadsMin = 32;

    public static async Task<int> Main(string[] args)
    {
        if (args is ["simulate", .. var rest])
        {
            return SimulateCommand.Run(rest, Console.Out, Console.Error);
        }

        // Servers and tools that tests kill would leave the pipes of their debugger and their diagnostics port behind in the temporary directory.
        Environment.SetEnvironmentVariable("DOTNET_EnableDiagnostics", "0");

        // Some tests hold a thread of the pool while they wait. It grows too slowly to make up for that on a machine with few cores, and what other tests wait for comes late.
        ThreadPool.SetMinThreads(PoolThreadsMin, PoolThreadsMin);

        return args.Any(a => a is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).ConfigureAwait(false)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).ConfigureAwait(false);
    }
}
