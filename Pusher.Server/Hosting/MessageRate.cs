namespace Pusher.Server.Hosting;

/// <summary>How many messages a second a node sends, from a total that grows.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class MessageRate(Func<long> total, TimeProvider time)
{
    // Asked more often, a reading would be noise.
    private static readonly TimeSpan PeriodMin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long _lastTotal;
    private long _lastAt = time.GetTimestamp();
    private int _rate;

    /// <summary>Messages per second since it was read last, or over the second before.</summary>
    public int Read()
    {
        lock (_gate)
        {
            var period = time.GetElapsedTime(_lastAt);
            if (period >= PeriodMin)
            {
                var now = total();
                _rate = (int)Math.Min(int.MaxValue, (now - _lastTotal) / period.TotalSeconds);
                (_lastTotal, _lastAt) = (now, time.GetTimestamp());
            }

            return _rate;
        }
    }
}
