using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Where backends publish:
/// <code>
/// subject = "pusher.pub." tenant "." target
/// target  = "device." device | "store." store | "tag." tag | "all" | "batch"
/// </code>
/// This version serves the device target; the others are answered, not left in silence.
/// </summary>
public static class PublishSubject
{
    /// <summary>What a node subscribes to.</summary>
    public const string All = Prefix + ">";

    private const string Prefix = "pusher.pub.";

    /// <summary>The subject that publishes to one device.</summary>
    public static string ForDevice(DeviceKey device) => $"{Prefix}{device.Tenant}.device.{device.Device}";

    /// <summary>Reads a subject; null and the device when it is a good one, else what is wrong with it, for the publisher.</summary>
    public static string? Parse(ReadOnlySpan<char> subject, out DeviceKey device)
    {
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

        var tenant = rest[tokens[0]];
        if (!Identifier.IsValid(tenant))
        {
            return "The tenant in the subject must be 1 to 64 characters of A-Z a-z 0-9 _ -.";
        }

        var target = rest[tokens[1]];
        if (target is "device" && count == 3)
        {
            device = new DeviceKey(tenant.ToString(), rest[tokens[2]].ToString());
            return null; // the dispatcher checks the device's name
        }

        var isKnown = (target is "store" or "tag" && count == 3) || (target is "all" or "batch" && count == 2);
        return isKnown
            ? $"The target '{target}' is not served by this version; publish to {Prefix}<tenant>.device.<device>."
            : $"The subject must be {Prefix}<tenant>.device.<device>.";
    }
}
