using System.Globalization;
using System.Net;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Server.Hosting;

/// <summary>Reads the values of options; what it throws says what a right one looks like.</summary>
internal static class OptionValue
{
    public static int Int(string text, int min, int max)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new FormatException($"'{text}' is not a whole number from {min} to {max}");

    public static long Bytes(string text, long min, long max)
    {
        var (digits, factor) = text.Length == 0 ? (text, 1L) : char.ToLowerInvariant(text[^1]) switch
        {
            'k' => (text[..^1], 1024L),
            'm' => (text[..^1], 1024L * 1024),
            'g' => (text[..^1], 1024L * 1024 * 1024),
            _ => (text, 1L),
        };
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value <= long.MaxValue / factor && value * factor >= min && value * factor <= max
            ? value * factor
            : throw new FormatException($"'{text}' is not a size from {min} to {max} bytes (a number, or one with k, m or g behind it)");
    }

    public static TimeSpan Duration(string text, TimeSpan min, TimeSpan max)
    {
        var unit = text.Length - text.AsSpan().TrimEnd("msdh").Length;
        double? factorMs = text[(text.Length - unit)..] switch
        {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => null,
        };
        if (factorMs is { } factor
            && long.TryParse(text.AsSpan(0, text.Length - unit), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value * factor >= min.TotalMilliseconds && value * factor <= max.TotalMilliseconds)
        {
            return TimeSpan.FromMilliseconds(value * factor);
        }

        throw new FormatException($"'{text}' is not a duration from {Text(min)} to {Text(max)} (a number with ms, s, m, h or d behind it)");
    }

    public static int Milliseconds(string text, TimeSpan min, TimeSpan max) => (int)Duration(text, min, max).TotalMilliseconds;

    public static IPEndPoint EndPoint(string text)
    {
        var named = text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text[9..] : text;
        var colon = named.LastIndexOf(':');
        return colon > 0 && IPEndPoint.TryParse(named, out var endPoint) && !(endPoint.Port == 0 && !named.EndsWith(":0", StringComparison.Ordinal))
            ? endPoint
            : throw new FormatException($"'{text}' is not an address and port, like 127.0.0.1:7800, 0.0.0.0:7800 or [::1]:7800");
    }

    public static string HostPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && text.Length <= ProtocolLimits.AddressBytesMax && text.All(c => c is > ' ' and < (char)127)
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535
            ? text
            : throw new FormatException($"'{text}' is not host:port, like push-3.example.com:7800");
    }

    public static string Name(string text)
        => Identifier.IsValid(text) ? text : throw new FormatException($"'{text}' is not 1 to 64 of A-Z a-z 0-9 _ -");

    public static string Path(string text)
        => text.Length > 0 ? text : throw new FormatException("the path is empty");

    public static bool Flag(string text) => text switch
    {
        "" or "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException($"'{text}' is not true or false"),
    };

    public static string OneOf(string text, params ReadOnlySpan<string> choices)
        => choices.Contains(text) ? text : throw new FormatException($"'{text}' is not one of {string.Join(", ", choices.ToArray())}");

    private static string Text(TimeSpan time)
        => time.TotalHours >= 1 ? $"{time.TotalHours}h" : time.TotalSeconds >= 1 ? $"{time.TotalSeconds}s" : $"{time.TotalMilliseconds}ms";
}
