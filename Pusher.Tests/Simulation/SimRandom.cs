namespace Pusher.Tests.Simulation;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014): the one source of chance of a simulation. <see cref="Split"/> gives each part
/// its own sequence, so that one part drawing more does not shift the others.
/// </summary>
public sealed class SimRandom(ulong seed)
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += Golden;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    public SimRandom Split() => new(Next() ^ 0xD1B5_4A32_D192_ED03);

    /// <summary>Evenly from 0 to below 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>Evenly from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + (int)(Next() % (ulong)(high - low + 1));

    /// <summary>Mostly near <paramref name="low"/>, now and then up to <paramref name="high"/>: how delays are spread.</summary>
    public int Skewed(int low, int high)
    {
        var f = Fraction();
        return low + (int)((high - low) * f * f * f);
    }

    public T Pick<T>(IReadOnlyList<T> from) => from[(int)(Next() % (ulong)from.Count)];

    public void Fill(Span<byte> bytes)
    {
        foreach (ref var b in bytes)
        {
            b = (byte)Next();
        }
    }
}
