namespace Pusher.Cli.Load.Checking;

/// <summary>What the checker found.</summary>
internal sealed record LoadVerdict
{
    public long Published { get; init; }

    /// <summary>Answered as stored.</summary>
    public long Accepted { get; init; }

    /// <summary>Answered as not stored.</summary>
    public long Refused { get; init; }

    /// <summary>Never answered: they may have been delivered or not.</summary>
    public long Unknown { get; init; }

    /// <summary>Handed over by a device, each once.</summary>
    public long Handed { get; init; }

    /// <summary>Accepted and handed over by no device.</summary>
    public long Lost { get; init; }

    /// <summary>Accepted without a promise, and handed over by no device because it was away for a while. No error.</summary>
    public long Missed { get; init; }

    /// <summary>Handed over a second time.</summary>
    public long DuplicatesHanded { get; init; }

    /// <summary>Handed over behind a later one of the same publisher and device.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Handed over by another device than was published to.</summary>
    public long WrongDevice { get; init; }

    /// <summary>Refused, and handed over all the same.</summary>
    public long Unexpected { get; init; }

    /// <summary>Not of this run: left over from an earlier one, or of somebody else. No error.</summary>
    public long Foreign { get; init; }

    /// <summary>True when the contract was kept.</summary>
    public bool IsClean => Lost == 0 && DuplicatesHanded == 0 && OutOfOrder == 0 && WrongDevice == 0 && Unexpected == 0;
}
