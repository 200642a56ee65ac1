using System.Runtime.InteropServices;

namespace Pusher.Local;

/// <summary>Runs a tool until it ends or is interrupted, and turns what happens into an exit code.</summary>
public static class ToolRun
{
    public const int Good = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
    public const int NotStarted = 3;

    /// <param name="name">The command, for messages.</param>
    /// <param name="usage">What <c>--help</c> prints.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="run">Parses them and works; its token is cancelled by Ctrl-C and SIGTERM.</param>
    public static async Task<int> RunAsync(string name, string usage, string[] arguments, Func<CancellationToken, Task<int>> run)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.Out.WriteLine(usage);
            return Good;
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
            return await run(stop.Token).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{name}: {e.Message} (see tools/{name} --help)");
            return WrongUsage;
        }
        catch (LocalStartException e)
        {
            Console.Error.WriteLine($"{name}: {e.Message}");
            return NotStarted;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"{name}: stopped before the end");
            return Failed;
        }
    }
}
