namespace Pusher.Cli;

/// <summary>Ends the command with a message for a person and an exit code.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
