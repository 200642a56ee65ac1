using System.Diagnostics;

namespace Pusher.Cli.Load.Report;

/// <summary>A line on standard error that says where the run is: rewritten in place on a terminal, else a new one every five seconds.</summary>
internal sealed class LoadProgress
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan InFile = TimeSpan.FromSeconds(5);
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _shownAt = Stopwatch.GetTimestamp();
    private int _width;

    /// <summary>Shows a line, when it is time for one.</summary>
    public void Show(Func<string> line)
    {
        if (Stopwatch.GetElapsedTime(_shownAt) < (_isTerminal ? OnTerminal : InFile))
        {
            return;
        }

        _shownAt = Stopwatch.GetTimestamp();
        var text = line();
        if (_isTerminal)
        {
            Console.Error.Write('\r' + text.PadRight(_width));
            _width = text.Length;
        }
        else
        {
            Console.Error.WriteLine(text);
        }
    }

    /// <summary>Ends the line on a terminal.</summary>
    public void End()
    {
        if (_isTerminal && _width > 0)
        {
            Console.Error.WriteLine();
            _width = 0;
        }
    }
}
