using System.Collections;
using System.Diagnostics;
using System.Net;
using System.Text;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>One run of the real server program, with everything it printed.</summary>
/// <remarks>Threading: the output arrives on threads of the runtime and is read under one lock.</remarks>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Far above what a start takes on a busy machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    private ServerProcess(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Where devices connect; set when it is ready.</summary>
    public IPEndPoint Listen { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Where HTTP is served; set when it is ready.</summary>
    public IPEndPoint Http { get; private set; } = new(IPAddress.None, 0);

    /// <summary>The whole ready line.</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>What it wrote to stdout so far.</summary>
    public string Output => Text(_output);

    /// <summary>What it wrote to stderr so far: its log.</summary>
    public string Errors => Text(_errors);

    /// <summary>Starts the program and returns at once. <paramref name="environment"/> is all it gets of variables named <c>PUSHER_…</c>.</summary>
    public static ServerProcess Launch(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [ServerFile, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        SetEnvironment(start, environment);
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, e) => server.OnOutput(e.Data);
        server._process.ErrorDataReceived += (_, e) => server.OnErrors(e.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Starts the program and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = Launch(arguments, environment);
        try
        {
            await server.WaitUntilReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilReadyAsync()
    {
        var exit = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(_ready.Task, exit).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.True(first == _ready.Task, $"the server did not become ready{Describe()}");
        ReadyLine = await _ready.Task;
        Listen = IPEndPoint.Parse(Field("listen="));
        Http = IPEndPoint.Parse(Field("http="));
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await WaitForExitAsync();
    }

    /// <summary>Sends a signal by its short name, such as TERM, STOP or CONT.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"kill -{name} {ProcessId}"]))!;
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(kill.ExitCode == 0, $"kill -{name} {ProcessId} failed{Describe()}");
    }

    /// <summary>Waits for its end and for the last of its output; its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        try
        {
            await Task.WhenAll(_process.WaitForExitAsync(), _outputEnded.Task, _errorsEnded.Task).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the server did not end in {Deadline.TotalSeconds} s{Describe()}");
        }

        return _process.ExitCode;
    }

    /// <summary>What it printed, for the message of a failed test.</summary>
    public string Describe() => $"\n--- stdout of server {ProcessId}\n{Output}--- stderr\n{Errors}---";

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(); // ends a stopped process as well
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    /// <summary>The program that is tested.</summary>
    public static string ServerFile { get; } = Environment.GetEnvironmentVariable("PUSHER_TEST_SERVER")
        ?? Path.Combine(AppContext.BaseDirectory, "pusher-server.dll");

    private static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string>? environment)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith("PUSHER_", StringComparison.Ordinal))
            {
                start.Environment.Remove((string)variable.Key);
            }
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
    }

    private void OnOutput(string? line)
    {
        if (line is null)
        {
            _outputEnded.TrySetResult();
            return;
        }

        lock (_lock)
        {
            _output.AppendLine(line);
        }

        if (line.StartsWith("ready ", StringComparison.Ordinal))
        {
            _ready.TrySetResult(line);
        }
    }

    private void OnErrors(string? line)
    {
        if (line is null)
        {
            _errorsEnded.TrySetResult();
            return;
        }

        lock (_lock)
        {
            _errors.AppendLine(line);
        }
    }

    private string Text(StringBuilder text)
    {
        lock (_lock)
        {
            return text.ToString();
        }
    }

    private string Field(string key)
        => ReadyLine.Split(' ').First(f => f.StartsWith(key, StringComparison.Ordinal))[key.Length..];
}
