using Pusher.Tests.Simulation;

namespace Pusher.Tests;

/// <summary>Runs the simulator when the first argument is <c>simulate</c>, else the tests, as xunit's own entry point does.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["simulate", .. var rest])
        {
            return SimulateCommand.Run(rest, Console.Out, Console.Error);
        }

        return args.Any(a => a is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).ConfigureAwait(false)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).ConfigureAwait(false);
    }
}
