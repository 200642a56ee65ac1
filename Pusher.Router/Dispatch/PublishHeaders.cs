using System.Globalization;
using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The options of a publish, by header, the same over NATS and HTTP. Names are not case sensitive. A <c>Pusher-</c> header that is not
/// known here is refused rather than ignored: a publisher that asks for something must not believe that it got it.
/// So is one that comes twice with different values: whichever was taken, half of the time it would be the wrong one.
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
        var header = name.Length == Id.Length ? PublishHeader.Id : PublishHeader.NatsId;
        if (!PublisherId.IsValid(value))
        {
            operation.Problem ??= $"{name} must be 1 to {PublisherId.LengthMax} printable ASCII characters without space.";
        }
        else if ((operation.Headers & header) != 0 && !value.Equals(operation.PublisherId, StringComparison.Ordinal) && !IsOverruled(operation, header))
        {
            operation.Problem ??= Twice(name);
        }
        else if (!IsOverruled(operation, header))
        {
            operation.PublisherId = value.ToString();
        }

        operation.Headers |= header;
    }

    private static bool IsOverruled(PublishOperation operation, PublishHeader header)
        => header == PublishHeader.NatsId && (operation.Headers & PublishHeader.Id) != 0;

    private static string? ApplyOption(PublishOperation operation, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals(Ttl, StringComparison.OrdinalIgnoreCase))
        {
            var isTtl = PublishTtl.TryParse(value, out var ttlMs);
            var isOther = IsOther(operation, PublishHeader.Ttl, operation.TtlMs == ttlMs);
            operation.TtlMs = ttlMs;
            return isOther ? Twice(Ttl) : isTtl ? null : $"{Ttl} must be a number with unit ms, s, m, h or d (seconds when none is given), at most 366d.";
        }

        if (name.Equals(Qos, StringComparison.OrdinalIgnoreCase))
        {
            var qos = value is "0" ? 0 : 1;
            var isOther = IsOther(operation, PublishHeader.Qos, operation.Qos == qos);
            operation.Qos = qos;
            return isOther ? Twice(Qos) : value is "0" or "1" ? null : $"{Qos} must be 0 or 1.";
        }

        if (name.Equals(Priority, StringComparison.OrdinalIgnoreCase))
        {
            var isPriority = byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var priority);
            var isOther = IsOther(operation, PublishHeader.Priority, operation.Priority == priority);
            operation.Priority = priority;
            return isOther ? Twice(Priority) : isPriority ? null : $"{Priority} must be 0 to 255.";
        }

        return $"{Printable(name)} is not known to this version.";
    }

    // A header that comes again with the same value, as some proxies make it, is one header.
    private static bool IsOther(PublishOperation operation, PublishHeader header, bool isSame)
    {
        var isAgain = (operation.Headers & header) != 0;
        operation.Headers |= header;
        return isAgain && !isSame;
    }

    private static string Twice(ReadOnlySpan<char> name) => $"{name} is there twice with different values.";

    // The name comes from outside and goes into an answer: cut and kept to the characters of a header name.
    private static string Printable(ReadOnlySpan<char> name)
        => name.Length <= 40 && !name.ContainsAnyExceptInRange('!', '~') ? name.ToString() : "A Pusher- header";
}
