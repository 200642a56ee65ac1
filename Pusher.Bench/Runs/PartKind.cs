namespace Pusher.Bench.Runs;

/// <summary>What the load generator does in a part.</summary>
internal enum PartKind
{
    /// <summary>All devices logged in and silent, on a fresh server.</summary>
    Idle,

    /// <summary>As many messages as go, each to one device.</summary>
    Full,

    /// <summary>A fixed rate of them.</summary>
    Paced,

    /// <summary>Each message to all devices.</summary>
    FanOut,

    /// <summary>Logins, on a server that has run for a while.</summary>
    Login,
}
