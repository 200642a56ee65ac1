using Pusher.Client.Devices;

namespace Pusher.Tests.Client;

/// <summary>Chance from a seed; with a fixed fraction the jitter is known.</summary>
internal sealed class SeededEntropy(int seed, double? fraction = null) : IEntropy
{
    private readonly Random _random = new(seed);

    public double NextFraction() => fraction ?? _random.NextDouble();

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
