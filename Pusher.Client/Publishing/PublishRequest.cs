using System.Security.Cryptography;
using Pusher.Core.Identity;

namespace Pusher.Client.Publishing;

/// <summary>A checked publish, the same for all its attempts. Without a device it is for all of the tenant; the publisher id is empty with QoS 0.</summary>
internal sealed record PublishRequest(string Tenant, string? Device, string PublisherId, int Qos, long? TtlMs, byte Priority, ReadOnlyMemory<byte> Payload)
{
    private static readonly TimeSpan TtlMax = TimeSpan.FromDays(366);

    /// <summary>Throws <see cref="ArgumentException"/> on what the server would refuse anyway.</summary>
    public static PublishRequest From(string tenant, string device, ReadOnlyMemory<byte> payload, PublishOptions? options)
    {
        RequireIdentifier(device, nameof(device));
        return Make(tenant, device, payload, options);
    }

    /// <summary>To all devices of a tenant. Throws <see cref="ArgumentException"/> on what the server would refuse anyway.</summary>
    public static PublishRequest ToAll(string tenant, ReadOnlyMemory<byte> payload, PublishOptions? options)
        => options?.Qos == 0
            ? Make(tenant, null, payload, options)
            : throw new ArgumentException("To all devices of a tenant one publishes with QoS 0.", nameof(options));

    /// <summary>A result of this request.</summary>
    public PublishResult Result(PublishStatus status, string? error) => new()
    {
        Status = status,
        PublisherId = PublisherId,
        Error = error,
        Retry = status is PublishStatus.Unknown or PublishStatus.Unavailable or PublishStatus.StoreUnavailable or PublishStatus.QueueFull,
    };

    private static PublishRequest Make(string tenant, string? device, ReadOnlyMemory<byte> payload, PublishOptions? options)
    {
        RequireIdentifier(tenant, nameof(tenant));
        var qos = options?.Qos ?? 1;
        if (qos is not (0 or 1))
        {
            throw new ArgumentException("The QoS is 0 or 1.", nameof(options));
        }

        if (options?.PublisherId is { } id && (qos == 0 || !Core.Identity.PublisherId.IsValid(id)))
        {
            throw qos == 0
                ? new ArgumentException("QoS 0 knows no publisher id: nothing is stored that could be a duplicate.", nameof(options))
                : new ArgumentException("A publisher id has 1 to 64 printable ASCII characters without space.", nameof(options));
        }

        if (options?.Ttl is { } ttl && (ttl < TimeSpan.FromMilliseconds(1) || ttl > TtlMax))
        {
            throw new ArgumentException("A time to live is 1 ms to 366 days.", nameof(options));
        }

        return new PublishRequest(
            tenant,
            device,
            qos == 0 ? "" : options?.PublisherId ?? RandomNumberGenerator.GetHexString(24, lowercase: true),
            qos,
            (long?)options?.Ttl?.TotalMilliseconds,
            options?.Priority ?? 0,
            payload);
    }

    private static void RequireIdentifier(string value, string parameter)
    {
        if (!Identifier.IsValid(value))
        {
            throw new ArgumentException($"A {parameter} has 1 to 64 characters of [A-Za-z0-9_-].", parameter);
        }
    }
}
