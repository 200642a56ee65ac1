using System.Diagnostics;
using Xunit;

namespace Pusher.Tests.Cli;

/// <summary>Runs the built <c>pusher</c> as a process.</summary>
internal sealed class PusherProcess : IDisposable
{
    private readonly Process _process;

    private PusherProcess(Process process) => _process = process;

    /// <summary>As it was built, with its own dependencies beside it: Pusher.Tests/bin/CONFIGURATION/FRAMEWORK leads to the same of the tool.</summary>
    private static string Dll
    {
        get
        {
            var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            var root = framework.Parent!.Parent!.Parent!.Parent!.FullName;
            return Path.Combine(root, "tools", "Pusher.Cli", "bin", framework.Parent.Name, framework.Name, "pusher.dll");
        }
    }

    /// <summary>Starts it; its standard input is closed behind <paramref name="input"/>.</summary>
    public static PusherProcess Start(string[] args, string input = "", params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Dll, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new PusherProcess(process);
    }

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args) => Start(args).WaitAsync();

    /// <summary>Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The rest of its output, once it has ended; it has 120 s.</summary>
    public async Task<(int ExitCode, string Output, string Error)> WaitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(120));
        var output = _process.StandardOutput.ReadToEndAsync(deadline.Token);
        var error = _process.StandardError.ReadToEndAsync(deadline.Token);
        await _process.WaitForExitAsync(deadline.Token);
        return (_process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
