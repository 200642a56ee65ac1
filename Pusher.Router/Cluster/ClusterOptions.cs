using Pusher.Core.Identity;
using Pusher.Router.Cache;

namespace Pusher.Router.Cluster;

/// <summary>How a node talks to the others of its site.</summary>
public sealed record ClusterOptions
{
    /// <summary>The nodes that share a store and a bus.</summary>
    public required string Site { get; init; }

    /// <summary>This node.</summary>
    public required string Node { get; init; }

    /// <summary>
    /// The largest payload that rides along with its ring, bytes. A larger one is read from the store by the node of its device. 0 = all are:
    /// one more command to the store and one more round trip for each message.
    /// </summary>
    public int LetterBytesMax { get; init; } = 4 * 1024;

    /// <summary>An envelope is closed at this size, bytes. nats-server takes 1 MiB at most unless told otherwise.</summary>
    public int EnvelopeBytes { get; init; } = 64 * 1024;

    /// <summary>Full envelopes that may wait for one node; what comes on top is dropped and counted, and swept later.</summary>
    public int EnvelopesWaitingMax { get; init; } = 64;

    /// <summary>Look-ups of routes that may be under way for rings; what comes on top is dropped and counted, and swept later.</summary>
    public int LookUpsMax { get; init; } = 8_192;

    /// <summary>How long a new session waits until the one it replaces on another node has ended, milliseconds. Both go on afterwards, fenced by their epochs.</summary>
    public int TakeOverMs { get; init; } = 1_000;

    /// <summary>Bounds of the cache of routes.</summary>
    public CacheOptions RouteCache { get; init; } = new() { Name = "routes" };

    /// <summary>Bounds of the cache of groups. News of a group that are lost are missed for so long.</summary>
    public CacheOptions GroupCache { get; init; } = new() { Name = "groups", EntriesMax = 20_000, AbsentMax = 20_000, KeepMs = 5_000 };

    /// <summary>Throws with the name of the option that is out of range.</summary>
    public void Validate()
    {
        if (!Identifier.IsValid(Site) || !Identifier.IsValid(Node))
        {
            throw new ArgumentException($"site and node must be 1 to {Identifier.LengthMax} characters of A-Z a-z 0-9 _ -.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(LetterBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(EnvelopeBytes, 1_024);
        ArgumentOutOfRangeException.ThrowIfLessThan(EnvelopesWaitingMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LookUpsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TakeOverMs, 1);
    }
}
