namespace Pusher.Router.Logging;

/// <summary>
/// Bounds a log line that a fault of something shared would write once for each device: a few of them show what it is, and the number of the others how much
/// it is.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">How long a round of lines lasts.</param>
/// <param name="linesMax">Lines of a round, 1 or more.</param>
/// <remarks>Threading: any thread.</remarks>
public sealed class LogPace(TimeProvider time, TimeSpan interval, int linesMax)
{
    private readonly Lock _gate = new();
    private long _startedAt;
    private int _lines;
    private long _untold;

    /// <summary>True when the line may be written.</summary>
    /// <param name="untold">How many were not since the last one that was; to be told with this one.</param>
    public bool TryTell(out long untold)
    {
        lock (_gate)
        {
            if (_lines == 0 || time.GetElapsedTime(_startedAt) >= interval)
            {
                (_startedAt, _lines) = (time.GetTimestamp(), 0);
            }

            if (_lines == linesMax)
            {
                untold = ++_untold;
                return false;
            }

            _lines++;
            (untold, _untold) = (_untold, 0);
            return true;
        }
    }
}
