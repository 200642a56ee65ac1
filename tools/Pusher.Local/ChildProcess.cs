using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Pusher.Local;

/// <summary>A process that this one started and will end, by its id.</summary>
/// <remarks>Threading: output arrives on threads of the pool; everything else on one thread at a time.</remarks>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int TailLines = 300;
    private static readonly TimeSpan TermTime = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _tail = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _logGate = new();
    private readonly StreamWriter? _log;
    private bool _disposed;

    private ChildProcess(Process process, StreamWriter? log)
    {
        _process = process;
        _log = log;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The line that said it is ready.</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>The last lines of its output.</summary>
    public string Tail => string.Join(Environment.NewLine, _tail);

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="LocalStartException">It ended before, or took too long; with its output.</exception>
    public static async Task<ChildProcess> StartAsync(ChildStart start)
    {
        var info = new ProcessStartInfo(start.File, start.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        SetEnvironment(info, start.Environment);
        var log = start.LogFile is null ? null : new StreamWriter(new FileStream(start.LogFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var child = new ChildProcess(new Process { StartInfo = info, EnableRaisingEvents = true }, log);
        child._process.OutputDataReceived += (_, line) => child.OnLine(line.Data, start.IsReady);
        child._process.ErrorDataReceived += (_, line) => child.OnLine(line.Data, start.IsReady);
        child._process.Exited += (_, _) => child._ready.TrySetException(new LocalStartException($"{start.Name} ended before it was ready:{Environment.NewLine}{child.Tail}"));
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        try
        {
            child.ReadyLine = await child._ready.Task.WaitAsync(start.Deadline).ConfigureAwait(false);
            return child;
        }
        catch (Exception e)
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw e is TimeoutException ? new LocalStartException($"{start.Name} was not ready after {start.Deadline.TotalSeconds:0} s:{Environment.NewLine}{child.Tail}", e) : e;
        }
    }

    /// <summary>SIGKILL: no chance to flush or to say good-bye.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Sends a signal by its short name, such as TERM, STOP or CONT; nothing when it has ended.</summary>
    public async Task SignalAsync(string name)
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>SIGTERM, and SIGKILL when it has not ended in <paramref name="patience"/>; its exit code, 137 when it was killed.</summary>
    public async Task<int> StopAsync(TimeSpan patience)
    {
        await SignalAsync("TERM").ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync().ConfigureAwait(false);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await StopAsync(TermTime).ConfigureAwait(false);
        _process.Dispose();
        lock (_logGate)
        {
            _log?.Dispose();
        }
    }

    /// <summary>A variable of the caller must not change what is started here.</summary>
    private static void SetEnvironment(ProcessStartInfo info, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("PUSHER_", StringComparison.Ordinal)).ToArray())
        {
            info.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }
    }

    private void OnLine(string? line, Func<string, bool> isReady)
    {
        if (line is null)
        {
            return;
        }

        _tail.Enqueue(line);
        while (_tail.Count > TailLines)
        {
            _tail.TryDequeue(out _);
        }

        lock (_logGate)
        {
            if (_log is { BaseStream.CanWrite: true })
            {
                _log.WriteLine(line);
            }
        }

        if (isReady(line))
        {
            _ready.TrySetResult(line);
        }
    }
}
