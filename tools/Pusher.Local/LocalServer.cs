namespace Pusher.Local;

/// <summary>A server that is started, killed, frozen and started again on the same port.</summary>
/// <remarks>Threading: one call at a time for one server; <see cref="Tail"/> any time.</remarks>
public abstract class LocalServer(string name, string logFile) : IAsyncDisposable
{
    private ChildProcess? _process;

    public string Name => name;

    /// <summary>All it printed, over restarts.</summary>
    public string LogFile => logFile;

    /// <summary>The id of the running process; null when it was not started or was stopped.</summary>
    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    /// <summary>The last lines it printed.</summary>
    public string Tail => _process?.Tail ?? "";

    /// <summary>Starts it and waits until it is ready; nothing when it runs.</summary>
    /// <exception cref="LocalStartException">It did not become ready; with its output.</exception>
    public async Task StartAsync()
    {
        if (ProcessId is null)
        {
            if (_process is { } ended)
            {
                _process = null;
                await ended.DisposeAsync().ConfigureAwait(false);
            }

            _process = await ChildProcess.StartAsync(Describe() with { LogFile = logFile }).ConfigureAwait(false);
            OnStarted(_process.ReadyLine);
        }
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>SIGSTOP: it holds its connections and does nothing.</summary>
    public Task FreezeAsync() => _process?.SignalAsync("STOP") ?? Task.CompletedTask;

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => _process?.SignalAsync("CONT") ?? Task.CompletedTask;

    /// <summary>SIGTERM, SIGKILL after <paramref name="patience"/>; the exit code, 0 when it did not run.</summary>
    public Task<int> StopAsync(TimeSpan patience) => _process is null ? Task.FromResult(0) : _process.StopAsync(patience);

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await process.SignalAsync("CONT").ConfigureAwait(false); // a frozen one takes no SIGTERM
            await process.DisposeAsync().ConfigureAwait(false);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>How it is started.</summary>
    protected abstract ChildStart Describe();

    /// <summary>What its ready line says.</summary>
    protected virtual void OnStarted(string readyLine)
    {
    }
}
