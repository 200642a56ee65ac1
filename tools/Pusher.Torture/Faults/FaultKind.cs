namespace Pusher.Torture.Faults;

/// <summary>What can be done to a cluster.</summary>
internal enum FaultKind
{
    /// <summary>A node gets SIGKILL and is started again.</summary>
    Kill,

    /// <summary>A node gets SIGSTOP for twice the time of its lease, then SIGCONT: it does not know that it was away.</summary>
    Freeze,

    /// <summary>Redis gets SIGKILL and is started again on its data.</summary>
    Redis,

    /// <summary>NATS gets SIGKILL and is started again.</summary>
    Nats,

    /// <summary>FLUSHALL: the store loses everything.</summary>
    Flush,

    /// <summary>A node gets SIGTERM, and is started again when it has ended.</summary>
    Drain,

    /// <summary>Two clients of one device throw each other out in turn, each by another node.</summary>
    Flap,

    /// <summary>The machine of the store loses its power: what was written and not flushed is gone. Needs root, for it mounts a file system.</summary>
    Power,
}
