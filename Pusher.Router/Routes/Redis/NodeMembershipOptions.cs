using Pusher.Core.Identity;

namespace Pusher.Router.Routes.Redis;

/// <summary>How a node takes part in a cluster.</summary>
public sealed record NodeMembershipOptions
{
    /// <summary>The node's name; legal by <see cref="Identifier"/>.</summary>
    public required string Node { get; init; }

    /// <summary>Its part of message ids, 0 to 1,023; null = one that follows from the name, or the next that no live node has.</summary>
    public int? Number { get; init; }

    /// <summary>Where its devices connect, for other nodes to tell theirs, <c>host:port</c>; empty while it takes none.</summary>
    public Func<string> Address { get; init; } = static () => "";

    /// <summary>How long a lease lives without renewal, 100 ms or more. A dead node's routes die with it; shorter than a pause of Redis: routes die for nothing.</summary>
    public int LeaseMs { get; init; } = 6_000;

    /// <summary>How often it is renewed and the others are read; at most half of <see cref="LeaseMs"/>.</summary>
    public int RenewMs { get; init; } = 2_000;

    /// <summary>How many connections the node holds.</summary>
    public Func<int> Connections { get; init; } = static () => 0;

    /// <summary>How many messages per second it sends to devices.</summary>
    public Func<int> MessagesPerSecond { get; init; } = static () => 0;

    /// <summary>This machine's clock, to be compared with Redis's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Identifier.IsValid(Node), nameof(Node), "must be 1 to 64 of A-Z a-z 0-9 _ -");
        Require(Number is null or (>= 0 and <= MessageIdGenerator.NodeNumberMax), nameof(Number), "must be 0 to 1,023");
        Require(LeaseMs >= 100, nameof(LeaseMs), "must be 100 or more");
        Require(RenewMs >= 10 && RenewMs <= LeaseMs / 2, nameof(RenewMs), "must be 10 or more and at most half of LeaseMs");
    }

    private static void Require(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"Membership option {name} {rule}.");
        }
    }
}
