namespace Pusher.Bench.Runs;

/// <summary>The unit of a figure, by how its name ends.</summary>
internal static class FigureUnits
{
    private static readonly (string End, string Unit)[] Units =
    [
        ("_us", "us"),
        ("_us_per_message", "us"),
        ("_us_per_delivery", "us"),
        ("_bytes", "B"),
        ("_bytes_per_message", "B"),
        ("_kib", "KiB"),
        ("_rate", "1/s"),
        ("logins_per_core", "1/s"),
    ];

    public static string Of(string figure)
    {
        foreach (var (end, unit) in Units)
        {
            if (figure.EndsWith(end, StringComparison.Ordinal))
            {
                return unit;
            }
        }

        return figure.Contains("_bytes_at_", StringComparison.Ordinal) ? "B" : "";
    }
}
