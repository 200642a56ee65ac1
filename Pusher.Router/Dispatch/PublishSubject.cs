using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Where backends publish:
/// <code>
/// subject = "pusher.pub." tenant "." target
/// target  = "device." device | "store." store | "tag." tag | "all" | "batch"
/// </code>
/// This version serves the targets device, all and batch; the others are answered, not left in silence.
/// </summary>
public static class PublishSubject
{
    /// <summary>What a node subscribes to.</summary>
    public const string All = Prefix + ">";

    private const string Prefix = "pusher.pub.";

    /// <summary>The subject that publishes to one device.</summary>
    public static string ForDevice(DeviceKey device) => $"{Prefix}{device.Tenant}.device.{device.Device}";

    /// <summary>The subject that publishes to every device of a tenant.</summary>
    public static string ForAll(string tenant) => $"{Prefix}{tenant}.all";

    /// <summary>The subject that publishes many at once to devices of a tenant.</summary>
    public static string ForBatch(string tenant) => $"{Prefix}{tenant}.batch";

    /// <summary>
    /// Reads a subject; null, the target, the tenant and the device when it is a good one, else what is wrong with it, for the publisher. With the targets
    /// all and batch the device is empty.
    /// </summary>
    public static string? Parse(ReadOnlySpan<char> subject, out PublishTarget target, out ReadOnlySpan<char> tenant, out ReadOnlySpan<char> device)
    {
        target = PublishTarget.Device;
        tenant = default;
        device = default;
        if (!subject.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return $"The subject must begin with {Prefix}";
        }

        var rest = subject[Prefix.Length..];
        Span<Range> tokens = stackalloc Range[4];
        var count = rest.Split(tokens, '.');
        if (count < 2)
        {
            return $"The subject must be {Prefix}<tenant>.device.<device>.";
        }

        tenant = rest[tokens[0]];
        if (!Identifier.IsValid(tenant))
        {
            tenant = default;
            return "The tenant in the subject must be 1 to 64 characters of A-Z a-z 0-9 _ -.";
        }

        var kind = rest[tokens[1]];
        if (kind is "device" && count == 3)
        {
            device = rest[tokens[2]];
            return null; // the dispatcher checks the device's name
        }

        if (kind is "all" && count == 2)
        {
            target = PublishTarget.All;
            return null;
        }

        if (kind is "batch" && count == 2)
        {
            target = PublishTarget.Batch;
            return null;
        }

        return kind is "store" or "tag" && count == 3
            ? NotServed(kind)
            : $"The subject must be {Prefix}<tenant>.device.<device>, {Prefix}<tenant>.all or {Prefix}<tenant>.batch.";
    }

    /// <summary>What a publisher to a target is told that exists and is not served yet.</summary>
    public static string NotServed(ReadOnlySpan<char> target)
        => $"The target '{target}' is not served by this version; publish to one device, or with QoS 0 to all devices of the tenant.";
}
