namespace Pusher.Cli.Load.Report;

/// <summary>What the server had used, and the run had done, at one moment. Null = not known.</summary>
internal sealed record ServerSnapshot(long At, TimeSpan? Cpu, long? ResidentBytes, IReadOnlyDictionary<string, double> Metrics, long Published, long Accepted, long Handed, long Logins, TimeSpan OwnCpu);
