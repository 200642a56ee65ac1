namespace Pusher.Bench.Servers.Wire;

/// <summary>What <see cref="RawPublish.TryRead"/> found.</summary>
internal enum RawPublishStatus
{
    NeedMore,
    Frame,

    /// <summary>No such frame exists: the connection is to be closed.</summary>
    Invalid,
}
