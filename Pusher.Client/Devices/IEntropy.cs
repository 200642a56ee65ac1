namespace Pusher.Client.Devices;

/// <summary>Where a session takes chance from: jitter, nonces, the first server. A test gives a seeded one.</summary>
public interface IEntropy
{
    /// <summary>A number from 0 to below 1, evenly spread.</summary>
    double NextFraction();

    /// <summary>Fills <paramref name="bytes"/>; must be unpredictable in production, it becomes the login nonce.</summary>
    void Fill(Span<byte> bytes);
}
