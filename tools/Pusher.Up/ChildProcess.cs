using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pusher.Up;

/// <summary>A process that this one started and will end, by its id.</summary>
/// <remarks>Threading: output arrives on threads of the pool; everything else on one thread at a time.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TailLines = 300;
    private static readonly TimeSpan TermTime = TimeSpan.FromSeconds(8);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _tail = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>The last lines of its output.</summary>
    public string Tail => string.Join(Environment.NewLine, _tail);

    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="isReady">True for the line of output that says it is ready.</param>
    /// <param name="deadline">How long it may take to say so.</param>
    public static async Task<(ChildProcess Process, string ReadyLine)> StartAsync(
        string file, IEnumerable<string> arguments, Func<string, bool> isReady, TimeSpan deadline)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var child = new ChildProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        child._process.OutputDataReceived += (_, line) => child.OnLine(line.Data, isReady);
        child._process.ErrorDataReceived += (_, line) => child.OnLine(line.Data, isReady);
        child._process.Exited += (_, _) => child._ready.TrySetException(new UpException($"{Path.GetFileName(file)} ended before it was ready:{Environment.NewLine}{child.Tail}"));
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        try
        {
            return (child, await child._ready.Task.WaitAsync(deadline).ConfigureAwait(false));
        }
        catch (TimeoutException e)
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw new UpException($"{Path.GetFileName(file)} was not ready after {deadline.TotalSeconds:0} s:{Environment.NewLine}{child.Tail}", e);
        }
    }

    /// <summary>SIGKILL: no chance to flush or to say good-bye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using (var term = Process.Start("kill", ["-TERM", _process.Id.ToString()]))
            {
                await term.WaitForExitAsync().ConfigureAwait(false);
            }

            using var deadline = new CancellationTokenSource(TermTime);
            try
            {
                await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await KillAsync().ConfigureAwait(false);
            }
        }

        _process.Dispose();
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

        if (isReady(line))
        {
            _ready.TrySetResult(line);
        }
    }
}
