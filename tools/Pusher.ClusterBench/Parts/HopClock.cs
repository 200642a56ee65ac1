using System.Diagnostics;
using System.Globalization;

namespace Pusher.ClusterBench.Parts;

/// <summary>Times of numbered messages, each with its way.</summary>
/// <remarks>Threading: any thread; each place is written once by each side.</remarks>
internal sealed class HopClock(int capacity)
{
    private readonly bool[] _isOther = new bool[capacity];
    private readonly long[] _sent = new long[capacity];
    private readonly long[] _answered = new long[capacity];
    private readonly long[] _arrived = new long[capacity];

    public int Capacity => capacity;

    public void Sent(int number) => Volatile.Write(ref _sent[number], Stopwatch.GetTimestamp());

    public void Answered(int number) => Volatile.Write(ref _answered[number], Stopwatch.GetTimestamp());

    /// <param name="number">Which message.</param>
    /// <param name="isOther">The node that stored it is not the device's.</param>
    public void Stored(int number, bool isOther) => _isOther[number] = isOther;

    /// <param name="value">As <c>h-17</c>.</param>
    public void Arrived(string value) => Volatile.Write(ref _arrived[int.Parse(value.AsSpan(2), CultureInfo.InvariantCulture)], Stopwatch.GetTimestamp());

    /// <summary>Percentile of the time to the hand-over, microseconds, without the first <paramref name="skip"/>.</summary>
    public double Handed(int skip, bool isOther, double percentile) => Percentile(_arrived, skip, isOther, percentile);

    /// <summary>The same to the publisher's answer.</summary>
    public double Answer(int skip, bool isOther, double percentile) => Percentile(_answered, skip, isOther, percentile);

    private double Percentile(long[] ends, int skip, bool isOther, double percentile)
    {
        var times = Enumerable.Range(skip, capacity - skip)
            .Where(number => _isOther[number] == isOther && Volatile.Read(ref ends[number]) != 0)
            .Select(number => Stopwatch.GetElapsedTime(_sent[number], ends[number]).TotalMicroseconds)
            .Order()
            .ToArray();
        return times.Length == 0 ? double.NaN : times[(int)(times.Length * percentile / 100)];
    }
}
