using System.Diagnostics;

namespace Pusher.Local;

/// <summary>Waits for what will come true.</summary>
public static class Until
{
    private const int AskAgainMs = 50;

    /// <summary>False when it did not come true in time.</summary>
    public static async Task<bool> TrueAsync(Func<bool> condition, TimeSpan patience, CancellationToken stop)
    {
        var from = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(from) > patience)
            {
                return false;
            }

            await Task.Delay(AskAgainMs, stop).ConfigureAwait(false);
        }

        return true;
    }
}
