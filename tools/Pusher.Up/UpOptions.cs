using System.Globalization;

namespace Pusher.Up;

/// <summary>What the demo was asked for.</summary>
/// <param name="ServerAssembly">Path of <c>pusher-server.dll</c>.</param>
/// <param name="CheckSeconds">0 = with a screen, until Ctrl-C; otherwise without one, for so long, with a crash in the middle.</param>
/// <param name="RatePerSecond">Orders a second, 1 to 1,000.</param>
internal sealed record UpOptions(string ServerAssembly, int CheckSeconds, int RatePerSecond)
{
    public const string Usage = """
        usage: tools/up [--check SECONDS] [--rate N]

        Starts one node with the SQLite store, nats-server when it is there, three devices (two printers and a kitchen
        display that drops its connection now and then) and one order a second, and shows them on one screen. Ctrl-C stops
        everything that was started.

          --check SECONDS  no screen: runs for so long, kills the server (SIGKILL) once in the middle and restarts it, and ends
                           with one line 'check: published=N accepted=N handed=N lost=0 dup_handed=0 out_of_order=0'
          --rate N         orders a second, 1 to 1000; 1 with the screen, 20 with --check

        Exit: 0 all well, 1 the check failed, 2 wrong option, 3 something could not be started.
        """;

    /// <exception cref="FormatException">An argument is wrong; the message names it.</exception>
    public static UpOptions Parse(IReadOnlyList<string> arguments)
    {
        string? server = null;
        var check = 0;
        var rate = 0;
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--server":
                    server = value;
                    break;
                case "--check":
                    check = Number("--check", value, 4, 3600);
                    break;
                case "--rate":
                    rate = Number("--rate", value, 1, 1000);
                    break;
                default:
                    throw new FormatException($"there is no option '{arguments[i]}'");
            }

            i++;
        }

        return new UpOptions(
            server ?? throw new FormatException("--server is missing; start this with tools/up"),
            check,
            rate > 0 ? rate : check > 0 ? 20 : 1);
    }

    private static int Number(string option, string value, int min, int max)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{option} takes a whole number from {min} to {max}, not '{value}'");
}
