namespace Pusher.Bench.Runs;

/// <summary>One part of a server's turn.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Qos">0 or 1; idle and login do not care.</param>
/// <param name="Prefix">In front of the figures' names, as <c>qos0_</c>.</param>
internal sealed record Part(PartKind Kind, int Qos = 1, string Prefix = "")
{
    public string Name => $"{Prefix}{Kind}".ToLowerInvariant();
}
