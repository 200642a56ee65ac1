using System.Security.Cryptography;

namespace Pusher.Client.Devices;

/// <summary>The operating system's randomness.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class SystemEntropy : IEntropy
{
    public static SystemEntropy Instance { get; } = new();

    /// <inheritdoc/>
    public double NextFraction() => Random.Shared.NextDouble();

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
