using System.Globalization;
using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The options of a publish, by header, the same over NATS and HTTP. Names are not case sensitive. A <c>Pusher-</c> header that is not
/// known here is refused rather than ignored: a publisher that asks for something must not believe that it got it.
/// </summary>
public static class PublishHeaders
{
    /// <summary>The publisher's own message id; see <see cref="PublisherId"/>.</summary>
    public const string Id = "Pusher-Id";

    /// <summary>The same, by the name that NATS publishers know; <see cref="Id"/> wins.</summary>
    public const string NatsId = "Nats-Msg-Id";

    /// <summary>Time to live; see <see cref="PublishTtl"/>.</summary>
    public const string Ttl = "Pusher-Ttl";

    /// <summary>0 or 1.</summary>
    public const string Qos = "Pusher-Qos";

    /// <summary>0 to 255.</summary>
    public const string Priority = "Pusher-Priority";

    private const string Prefix = "Pusher-";

    /// <summary>Takes one header into <paramref name="operation"/>; what is wrong with it goes to <see cref="PublishOperation.Problem"/>, the first problem stays.</summary>
    public static void Apply(PublishOperation operation, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals(Id, StringComparison.OrdinalIgnoreCase) || name.Equals(NatsId, StringComparison.OrdinalIgnoreCase))
        {
            ApplyId(operation, name, value);
        }
        else if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            operation.Problem ??= ApplyOption(operation, name, value);
        }
    }

    /// <summary>True for the name of a header that would be an option of a single publish, known or not.</summary>
    public static bool IsOption(ReadOnlySpan<byte> name)
        => Ascii.EqualsIgnoreCase(name, NatsId) || (name.Length >= Prefix.Length && Ascii.EqualsIgnoreCase(name[..Prefix.Length], Prefix));

    private static void ApplyId(PublishOperation operation, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (!PublisherId.IsValid(value))
        {
            operation.Problem ??= $"{name} must be 1 to {PublisherId.LengthMax} printable ASCII characters without space.";
        }
        else if (operation.PublisherId is null || name.Length == Id.Length)
        {
            operation.PublisherId = value.ToString();
        }
    }

    private static string? ApplyOption(PublishOperation operation, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals(Ttl, StringComparison.OrdinalIgnoreCase))
        {
            var isTtl = PublishTtl.TryParse(value, out var ttlMs);
            operation.TtlMs = ttlMs;
            return isTtl ? null : $"{Ttl} must be a number with unit ms, s, m, h or d (seconds when none is given), at most 366d.";
        }

        if (name.Equals(Qos, StringComparison.OrdinalIgnoreCase))
        {
            operation.Qos = value is "0" ? 0 : 1;
            return value is "0" or "1" ? null : $"{Qos} must be 0 or 1.";
        }

        if (name.Equals(Priority, StringComparison.OrdinalIgnoreCase))
        {
            var isPriority = byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var priority);
            operation.Priority = priority;
            return isPriority ? null : $"{Priority} must be 0 to 255.";
        }

        return $"{Printable(name)} is not known to this version.";
    }

    // The name comes from outside and goes into an answer: cut and kept to the characters of a header name.
    private static string Printable(ReadOnlySpan<char> name)
        => name.Length <= 40 && !name.ContainsAnyExceptInRange('!', '~') ? name.ToString() : "A Pusher- header";
}
