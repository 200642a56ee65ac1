namespace Pusher.Local;

/// <summary>What to start, and how to see that it is ready.</summary>
/// <param name="Name">For messages.</param>
/// <param name="File">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="IsReady">True for the line of output that says it is ready.</param>
public sealed record ChildStart(string Name, string File, IReadOnlyList<string> Arguments, Func<string, bool> IsReady)
{
    /// <summary>How long it may take to say so.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>All it gets of variables named <c>PUSHER_…</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Everything it prints is appended here; null = only the last lines are kept.</summary>
    public string? LogFile { get; init; }
}
