using Pusher.Client.Devices;

namespace Pusher.Tests.Simulation;

/// <summary>A device's chance, from the seed.</summary>
public sealed class SimEntropy(SimRandom random) : IEntropy
{
    public double NextFraction() => random.Fraction();

    public void Fill(Span<byte> bytes) => random.Fill(bytes);
}
