using Microsoft.Extensions.Time.Testing;

namespace Pusher.Tests.Router.Stores;

/// <summary>The options that a contract test needs of any store.</summary>
public sealed record StoreSettings
{
    public int QueueMessagesMax { get; init; } = 1_000;

    public long QueueBytesMax { get; init; } = 4 << 20;

    public TimeSpan DedupeRetention { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan StatusRetention { get; init; } = TimeSpan.FromHours(48);

    public FakeTimeProvider Time { get; init; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
}
