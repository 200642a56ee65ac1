namespace Pusher.Bench.Runs;

/// <summary>A server to be measured, as it is configured for it.</summary>
/// <param name="name">As in the figures' names.</param>
/// <param name="parts">What is done with it, in this order.</param>
internal abstract class Subject(string name, IReadOnlyList<Part> parts)
{
    protected static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    public string Name { get; } = name;

    public IReadOnlyList<Part> Parts { get; } = parts;

    /// <summary>The subject to whose figures in the same round its own are related.</summary>
    public string Baseline { get; init; } = "floor";

    /// <param name="directory">Empty; for data and configuration.</param>
    /// <param name="credentials">The devices.</param>
    /// <param name="cancel">Ends the start.</param>
    /// <exception cref="BenchException">It did not start; with its last words.</exception>
    public abstract Task<RunningServer> StartAsync(string directory, string credentials, CancellationToken cancel);
}
