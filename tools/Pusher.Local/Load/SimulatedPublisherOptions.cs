namespace Pusher.Local.Load;

/// <summary>How a backend publishes.</summary>
public sealed record SimulatedPublisherOptions
{
    /// <summary>Unique in the run; values begin with it.</summary>
    public required string Name { get; init; }

    public required string NatsUrl { get; init; }

    /// <summary>Publishes over HTTP to this node instead; null = over NATS.</summary>
    public Uri? HttpAddress { get; init; }

    /// <summary>Messages a second.</summary>
    public double Rate { get; init; } = 100;

    /// <summary>Messages that wait for their answer at most; then it begins no new one.</summary>
    public int OutstandingMax { get; init; } = 256;

    /// <summary>How long it waits for an answer before it calls it unknown and asks again.</summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromSeconds(2);

    public int PayloadBytes { get; init; } = 64;

    /// <summary>Messages in all.</summary>
    public long Count { get; init; } = long.MaxValue;

    /// <summary>Where in the list of devices it begins.</summary>
    public int FirstDevice { get; init; }
}
