using System.CommandLine.Parsing;
using System.Globalization;

namespace Pusher.Cli.Commands;

/// <summary>A time on the command line: digits and a unit of <c>ms s m h d</c>; seconds without.</summary>
internal static class TimeToLive
{
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        double unitMs = text[digits..] switch { "ms" => 1, "" or "s" => 1_000, "m" => 60_000, "h" => 3_600_000, "d" => 86_400_000, _ => 0 };
        if (unitMs > 0 && digits is > 0 and <= 10 && long.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture) * unitMs is >= 1 and <= 366 * 86_400_000.0 and var ms)
        {
            return TimeSpan.FromMilliseconds(ms);
        }

        argument.AddError($"'{text}' is no time to live: a number and ms, s, m, h or d, at most 366d.");
        return null;
    }
}
