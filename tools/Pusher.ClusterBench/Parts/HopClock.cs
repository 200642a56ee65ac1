using System.Diagnostics;
using System.Globalization;

namespace Pusher.ClusterBench.Parts;

/// <summary>Times of numbered messages: the even ones go by the device's own node.</summary>
/// <remarks>Threading: any thread; each place is written once by each side.</remarks>
internal sealed class HopClock(int capacity)
{
    private readonly long[] _sent = new long[capacity];
    private readonly long[] _arrived = new long[capacity];

    public int Capacity => capacity;

    public void Sent(int number) => Volatile.Write(ref _sent[number], Stopwatch.GetTimestamp());

    /// <param name="value">As <c>h-17</c>.</param>
    public void Arrived(string value) => Volatile.Write(ref _arrived[int.Parse(value.AsSpan(2), CultureInfo.InvariantCulture)], Stopwatch.GetTimestamp());

    /// <summary>Medians in microseconds, of the device's node and of the other, without the first <paramref name="skip"/>.</summary>
    public (double Same, double Other) Medians(int skip) => (Median(skip, 0), Median(skip, 1));

    private double Median(int skip, int parity)
    {
        var times = Enumerable.Range(skip, capacity - skip)
            .Where(number => number % 2 == parity && Volatile.Read(ref _arrived[number]) != 0)
            .Select(number => Stopwatch.GetElapsedTime(_sent[number], _arrived[number]).TotalMicroseconds)
            .Order()
            .ToArray();
        return times.Length == 0 ? double.NaN : times[times.Length / 2];
    }
}
