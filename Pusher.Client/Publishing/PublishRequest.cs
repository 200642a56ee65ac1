using System.Security.Cryptography;
using Pusher.Core.Identity;

namespace Pusher.Client.Publishing;

/// <summary>A checked publish, the same for all its attempts.</summary>
internal sealed record PublishRequest(string Tenant, string Device, string PublisherId, long? TtlMs, byte Priority, ReadOnlyMemory<byte> Payload)
{
    private static readonly TimeSpan TtlMax = TimeSpan.FromDays(366);

    /// <summary>Throws <see cref="ArgumentException"/> on what the server would refuse anyway.</summary>
    public static PublishRequest From(string tenant, string device, ReadOnlyMemory<byte> payload, PublishOptions? options)
    {
        RequireIdentifier(tenant, nameof(tenant));
        RequireIdentifier(device, nameof(device));
        if (options?.PublisherId is { } id && !Core.Identity.PublisherId.IsValid(id))
        {
            throw new ArgumentException("A publisher id has 1 to 64 printable ASCII characters without space.", nameof(options));
        }

        if (options?.Ttl is { } ttl && (ttl < TimeSpan.FromMilliseconds(1) || ttl > TtlMax))
        {
            throw new ArgumentException("A time to live is 1 ms to 366 days.", nameof(options));
        }

        return new PublishRequest(
            tenant,
            device,
            options?.PublisherId ?? RandomNumberGenerator.GetHexString(24, lowercase: true),
            (long?)options?.Ttl?.TotalMilliseconds,
            options?.Priority ?? 0,
            payload);
    }

    /// <summary>A result of this request.</summary>
    public PublishResult Result(PublishStatus status, string? error) => new()
    {
        Status = status,
        PublisherId = PublisherId,
        Error = error,
        Retry = status is PublishStatus.Unknown or PublishStatus.Unavailable or PublishStatus.StoreUnavailable or PublishStatus.QueueFull,
    };

    private static void RequireIdentifier(string value, string parameter)
    {
        if (!Identifier.IsValid(value))
        {
            throw new ArgumentException($"A {parameter} has 1 to 64 characters of [A-Za-z0-9_-].", parameter);
        }
    }
}
