using Pusher.Local;
using Pusher.Torture.Report;

namespace Pusher.Torture;

/// <summary>Runs the torture and turns what happens into an exit code.</summary>
internal static class TortureProgram
{
    public static Task<int> RunAsync(string[] arguments)
        => ToolRun.RunAsync("torture", TortureOptions.Usage, arguments, stop => RunAsync(TortureOptions.Parse(arguments), stop));

    private static async Task<int> RunAsync(TortureOptions options, CancellationToken stop)
    {
        using var directory = new RunDirectory("pusher-torture-", options.Keep);
        var result = await TortureRun.RunAsync(options, directory.Path, stop).ConfigureAwait(false);
        ResultPrinter.Print(result);
        if (options.JsonFile is { } file)
        {
            await File.WriteAllTextAsync(file, ResultJson.Write(result), CancellationToken.None).ConfigureAwait(false);
        }

        return result.IsGood ? ToolRun.Good : ToolRun.Failed;
    }
}
