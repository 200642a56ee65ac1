using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Pusher.Tests.Router.Stores;

/// <summary>
/// A process of its own that appends for ever (<c>Pusher.Bench store-child</c>) and tells what the store answered OK. Every
/// line that has left the process counts as answered, whatever becomes of it afterwards.
/// </summary>
internal sealed class StoreChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ended = new();
    private volatile int _answered;

    public StoreChildProcess(string dataDirectory, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Pusher.Bench.dll"));
        start.ArgumentList.Add("store-child");
        start.ArgumentList.Add(dataDirectory);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Errors.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>The numbers that were answered OK, in the order of the answers.</summary>
    public ConcurrentQueue<long> Stored { get; } = new();

    public int Answered => _answered;

    /// <summary>Waits until <paramref name="answers"/> messages were answered, or the process has ended.</summary>
    public async Task WaitForAsync(int answers, CancellationToken cancellationToken)
    {
        var deadline = Stopwatch.StartNew();
        while (_answered < answers && !_ended.Task.IsCompleted)
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException($"The child has answered {_answered} of {answers}: {string.Join('\n', Errors)}");
            }

            await Task.Delay(1, cancellationToken);
        }
    }

    /// <summary>SIGKILL, then everything that it had written is read.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await WaitForEndAsync(cancellationToken);
    }

    /// <summary>Waits until the process has ended and its output is read.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        await _ended.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            _ended.TrySetResult();
            return;
        }

        if (line.StartsWith("ok ", StringComparison.Ordinal))
        {
            Stored.Enqueue(long.Parse(line.AsSpan(3), CultureInfo.InvariantCulture));
        }

        Interlocked.Increment(ref _answered);
    }
}
