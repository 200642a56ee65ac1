namespace Pusher.Tests.Support;

/// <summary>The bounds of a <see cref="ModelMessageStore"/>; the defaults are those of the real stores.</summary>
public sealed record ModelStoreOptions
{
    public int QueueMessagesMax { get; init; } = 1_000;

    public long QueueBytesMax { get; init; } = 4 * 1024 * 1024;

    public TimeSpan DedupeTime { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Stream numbers and incarnations are drawn from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Negative control: a publisher id is not looked up.</summary>
    public bool SkipDedupe { get; init; }

    /// <summary>Negative control: an append is answered as stored and is not.</summary>
    public bool SkipWrite { get; init; }
}
