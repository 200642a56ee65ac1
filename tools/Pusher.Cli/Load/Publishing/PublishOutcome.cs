namespace Pusher.Cli.Load.Publishing;

/// <summary>How one publish ended.</summary>
internal enum PublishOutcome
{
    /// <summary>Nobody can tell.</summary>
    Unknown,

    /// <summary>Stored.</summary>
    Accepted,

    /// <summary>Not stored, for certain.</summary>
    Refused,
}
