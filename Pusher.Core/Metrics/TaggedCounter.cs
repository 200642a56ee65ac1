using System.Diagnostics.Metrics;

namespace Pusher.Core.Metrics;

/// <summary>A counter with one tag of a few known values: one interlocked number per value, read at the scrape.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class TaggedCounter
{
    private readonly long[] _counts;
    private readonly string?[] _values;
    private readonly string _tag;

    public TaggedCounter(Meter meter, string name, string unit, string description, string tag, int slots)
    {
        _counts = new long[slots];
        _values = new string?[slots];
        _tag = tag;
        meter.CreateObservableCounter(name, Measure, unit, description);
    }

    public string? NameOf(int slot) => Volatile.Read(ref _values[slot]);

    public void Add(int slot, string value, long count)
    {
        if (Volatile.Read(ref _values[slot]) is null)
        {
            Volatile.Write(ref _values[slot], value);
        }

        Interlocked.Add(ref _counts[slot], count);
    }

    private IEnumerable<Measurement<long>> Measure()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (NameOf(i) is { } value)
            {
                yield return new Measurement<long>(Volatile.Read(ref _counts[i]), KeyValuePair.Create<string, object?>(_tag, value));
            }
        }
    }
}
