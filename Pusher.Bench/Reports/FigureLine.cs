using System.Globalization;
using System.Text;
using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary>
/// One figure on one line, for scripts:
/// <code>
/// line = "bench " bench "." subject "." figure " " value [" " unit] *(" ratio_to_" baseline " " ratio)
/// </code>
/// </summary>
internal static class FigureLine
{
    public static string Format(Figure figure)
    {
        var line = new StringBuilder($"bench {figure.Bench}.{figure.Subject}.{figure.Name} {Number(figure.Value)}");
        if (FigureUnits.Of(figure.Name) is { Length: > 0 } unit)
        {
            line.Append(' ').Append(unit);
        }

        foreach (var (name, ratio) in figure.Ratios)
        {
            line.Append(CultureInfo.InvariantCulture, $" {name} {ratio:0.00}");
        }

        return line.ToString();
    }

    /// <summary>At least three digits that mean something.</summary>
    public static string Number(double value)
        => value.ToString(Math.Abs(value) switch { >= 1_000 => "0", >= 100 => "0.#", >= 10 => "0.0#", _ => "0.0##" }, CultureInfo.InvariantCulture);
}
