namespace Pusher.Server.Hosting;

/// <summary>One key of the configuration.</summary>
/// <param name="Name">As it is written in a file and, with two dashes, on the command line; <c>PUSHER_</c> and capitals in the environment.</param>
/// <param name="Value">What kind of value it takes, with unit and range.</param>
/// <param name="Default">What holds when it is not given.</param>
/// <param name="Help">What it does and what goes wrong at the extremes.</param>
/// <param name="Apply">Sets it; throws <see cref="FormatException"/> with what is wrong with the value.</param>
public sealed record OptionDefinition(string Name, string Value, string Default, string Help, Func<ServerOptions, string, ServerOptions> Apply);
