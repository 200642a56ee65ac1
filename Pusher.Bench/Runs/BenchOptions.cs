using System.Globalization;

namespace Pusher.Bench.Runs;

/// <summary>What <c>transport</c> and <c>peers</c> were told.</summary>
internal sealed record BenchOptions
{
    public const string Help =
        """
        options of transport and peers:
          --rounds N      rounds, each with every server once, in rotating order (default 5)
          --devices N     devices (default 10,000)
          --rate N        messages a second where the rate is fixed (default 20,000; peers 5,000)
          --seconds N     measured time of each part (default 4)
          --short         one round, 500 devices, 1 second: for seeing that it works
          --only A,B      these servers only; ratios need the floor
          --out DIR       where runs.jsonl, machine.json and the report go (default a new directory under the current one)
          --pusher DLL    the built command line, pusher.dll
          --server DLL    the built server, pusher-server.dll (peers only)
        Standard output has one line a figure, 'bench NAME value unit [ratio_to_floor R]'; progress goes to standard error.
        """;

    public int Rounds { get; init; } = 5;

    public int Devices { get; init; } = 10_000;

    public int Seconds { get; init; } = 4;

    /// <summary>
    /// Under full load before it is measured, for every server alike. The runtime compiles hot methods anew in the first seconds
    /// of a load, on a thread of its own: more than a second of CPU, and shorter warming up has it in the figure of each managed server.
    /// </summary>
    public int WarmupSeconds { get; init; } = 6;

    /// <summary>Messages a second where the rate is fixed.</summary>
    public int Rate { get; init; } = 20_000;

    public int PayloadBytes { get; init; } = 128;

    /// <summary>Messages on their way where the rate is not fixed.</summary>
    public int Window { get; init; } = 2_000;

    /// <summary>Empty = all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public string OutDirectory { get; init; } = "";

    public string PusherDll { get; init; } = "";

    public string ServerDll { get; init; } = "";

    public bool IsShort { get; init; }

    /// <summary>Connections at which the memory of the whole node is read, besides.</summary>
    public IReadOnlyList<int> SlopeConnections { get; init; } = [1_000, 5_000, 10_000, 19_000];

    /// <exception cref="FormatException">An option is unknown or cannot be; the message names it.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> arguments, int rate)
    {
        var options = new BenchOptions { Rate = rate };
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--short")
            {
                options = options with { IsShort = true, Rounds = 1, Devices = 500, Seconds = 1, WarmupSeconds = 1, Rate = 2_000, SlopeConnections = [200, 400] };
                continue;
            }

            var name = arguments[i];
            options = options.With(name, ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value"));
        }

        return options;
    }

    private BenchOptions With(string name, string value) => name switch
    {
        "--rounds" => this with { Rounds = Number(name, value, 1, 1_000) },
        "--devices" => this with { Devices = Number(name, value, 10, 1_000_000) },
        "--seconds" => this with { Seconds = Number(name, value, 1, 3_600) },
        "--only" => this with { Only = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
        "--rate" => this with { Rate = Number(name, value, 1, 10_000_000) },
        "--out" => this with { OutDirectory = value },
        "--pusher" => this with { PusherDll = value },
        "--server" => this with { ServerDll = value },
        _ => throw new FormatException($"unknown option '{name}'"),
    };

    private static int Number(string name, string value, int min, int max)
        => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name} must be a number from {min} to {max}");
}
