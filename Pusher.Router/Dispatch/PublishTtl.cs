using System.Globalization;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The <c>Pusher-Ttl</c> header: <c>digits [ unit ]</c>, unit one of <c>ms s m h d</c>, seconds when there is none. <c>0</c> = for ever.
/// </summary>
public static class PublishTtl
{
    /// <summary>The longest time to live, milliseconds: 366 days.</summary>
    public const long Max = 366L * 24 * 60 * 60 * 1000;

    /// <summary>False when <paramref name="text"/> does not follow the grammar or is over <see cref="Max"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long ttlMs)
    {
        ttlMs = 0;
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        long unitMs = text[digits..] switch
        {
            "ms" => 1,
            "" or "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 0,
        };

        if (unitMs == 0
            || digits is 0 or > 12
            || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > Max / unitMs)
        {
            return false;
        }

        ttlMs = count * unitMs;
        return true;
    }
}
