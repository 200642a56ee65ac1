namespace Pusher.Local.Checking;

/// <summary>What a publisher knows of its message.</summary>
internal enum PublishOutcome
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>Nobody can tell whether it is stored.</summary>
    Unknown,

    /// <summary>Nothing was stored.</summary>
    Refused,

    /// <summary>It is stored.</summary>
    Accepted,
}
