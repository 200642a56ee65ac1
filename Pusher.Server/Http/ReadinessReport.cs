namespace Pusher.Server.Http;

/// <summary>One finding of <see cref="IReadiness"/>.</summary>
/// <param name="IsReady">True when publishes and deliveries work.</param>
/// <param name="Reason">Why not, or <c>ok</c>; a sentence for a person, free of names of devices.</param>
/// <param name="CheckedAtUnixMs">When it was found; 0 = never yet.</param>
/// <param name="DurationMs">How long the check took.</param>
public sealed record ReadinessReport(bool IsReady, string Reason, long CheckedAtUnixMs, double DurationMs);
