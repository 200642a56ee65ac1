using System.Diagnostics;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>Runs a built program of tools/ on the server that this run tests.</summary>
internal static class ToolProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(6);

    /// <summary>Runs it to its end. When the test ends before, it gets SIGTERM, with which it stops what it started.</summary>
    /// <param name="project">The folder in tools/.</param>
    /// <param name="assembly">Its program, without <c>.dll</c>.</param>
    /// <param name="arguments">Further ones than the server.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string project, string assembly, params string[] arguments)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var dll = RepositoryRoot.File("tools", project, "bin", framework.Parent!.Name, framework.Name, $"{assembly}.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll, "--server", ServerProcess.ServerFile, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                using var term = Process.Start("kill", ["-TERM", process.Id.ToString()]);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        return (process.ExitCode, await output, await error);
    }
}
