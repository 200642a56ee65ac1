namespace Pusher.Cli;

/// <summary>Exit codes; <c>--help</c> lists them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The server, or a file, said no.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached; nothing was done.</summary>
    public const int Unreachable = 3;

    /// <summary>Nobody can tell whether it was done; do it again with the same --id.</summary>
    public const int Unknown = 4;

    public const string Help = "Exit codes: 0 ok, 1 refused or failed, 2 wrong usage, 3 server not reachable (nothing was done), 4 outcome unknown (repeat with the same --id).";
}
