using System.Diagnostics;
using System.Threading.Channels;

namespace Pusher.Bench.Runs;

/// <summary>A process of ours: its lines can be waited for, and it never outlives us by design.</summary>
/// <remarks>Threading: one asynchronous flow; the lines come on threads of the pool.</remarks>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Queue<string> _complaints = new();
    private readonly string _name;
    private bool _endsWithItsInput;

    private Child(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    public int Pid => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines that it wrote to standard error.</summary>
    public string Complaints
    {
        get
        {
            lock (_complaints)
            {
                return string.Join('\n', _complaints);
            }
        }
    }

    /// <exception cref="BenchException">The program is not there.</exception>
    public static Child Start(string name, string program, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        try
        {
            var child = new Child(new Process { StartInfo = start }, name);
            child._process.OutputDataReceived += (_, line) => child.OnLine(line.Data);
            child._process.ErrorDataReceived += (_, line) => child.OnComplaint(line.Data);
            child._process.Start();
            child._process.BeginOutputReadLine();
            child._process.BeginErrorReadLine();
            return child;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchException($"{name}: {program} cannot be started: {e.Message}");
        }
    }

    /// <summary>The next line of its output that begins so.</summary>
    /// <exception cref="BenchException">It ended, or the time is over; with what it had to say.</exception>
    public async Task<string> ReadLineAsync(string prefix, TimeSpan time, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(time);
        try
        {
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(deadline.Token).ConfigureAwait(false);
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (Exception e) when (e is ChannelClosedException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new BenchException($"{_name} said no '{prefix}' within {time.TotalSeconds:0} s{(_process.HasExited ? $" and ended with exit code {_process.ExitCode}" : "")}: {Complaints}");
        }
    }

    public Task WriteLineAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public Task WaitAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    /// <summary>Ends it: by the end of its input, which ends our own servers, then by force.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.StandardInput.Close();
            if (_endsWithItsInput && await EndedAsync().ConfigureAwait(false))
            {
                return;
            }

            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>It ends by itself when its input does: give it the time.</summary>
    public Child EndsWithItsInput()
    {
        _endsWithItsInput = true;
        return this;
    }

    private async Task<bool> EndedAsync()
    {
        using var deadline = new CancellationTokenSource(EndTime);
        await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _process.HasExited;
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }

    private void OnComplaint(string? line)
    {
        const int LinesMax = 20;
        lock (_complaints)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                _complaints.Enqueue(line);
                if (_complaints.Count > LinesMax)
                {
                    _complaints.Dequeue();
                }
            }
        }
    }
}
