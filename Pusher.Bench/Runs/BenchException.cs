namespace Pusher.Bench.Runs;

/// <summary>A part could not be measured; the message says which and why, for people.</summary>
internal sealed class BenchException(string message) : Exception(message);
