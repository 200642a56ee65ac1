namespace Pusher.Tests.Simulation;

/// <summary>One message on its publisher's side.</summary>
public sealed class SimPublish
{
    public required SimDevice Device { get; init; }

    public required int Lane { get; init; }

    public required string Value { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>0 = never ends.</summary>
    public required long TtlMs { get; init; }

    public int Tries { get; set; }

    /// <summary>The store's at the first try.</summary>
    public int Incarnation { get; set; }

    public bool IsSettled { get; set; }
}
