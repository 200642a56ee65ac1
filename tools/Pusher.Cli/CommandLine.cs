using System.CommandLine;
using System.CommandLine.Parsing;
using Pusher.Cli.Commands;
using Pusher.Cli.Load;
using Pusher.Client.Devices;
using Pusher.Core.Credentials;

namespace Pusher.Cli;

/// <summary>The <c>pusher</c> command line: parses, runs, and turns failures into one clear line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>How long Ctrl-C or SIGTERM waits for a clean end.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand($"Pusher: be a device, publish, manage device keys, ask for messages, see and stop nodes, put a server under load. {ExitCode.Help}")
        {
            DeviceCommand.Create(),
            PublishCommand.Create(),
            KeysCommand.Create(),
            MessageCommand.Create(),
            NodeCommand.Create(),
            LoadCommand.Create(),
            VersionCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Fail(ExitCode.Usage, $"{string.Join(" ", parsed.Errors.Select(e => e.Message))} See '{Invocation(parsed.CommandResult)} --help'.");
        }

        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationTimeout };
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (CliException e)
        {
            return Fail(e.ExitCode, e.Message);
        }
        catch (Exception e) when (e is ArgumentException or RingFileException or CredentialsFormatException or IOException or UnauthorizedAccessException)
        {
            return e is ArgumentException ? Fail(ExitCode.Usage, Sentence(e.Message)) : Fail(ExitCode.Failed, e.Message);
        }
        catch (HttpRequestException e)
        {
            return Fail(ExitCode.Unreachable, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(ExitCode.Failed, "interrupted.");
        }
    }

    /// <summary>What was typed to get to this command: "pusher node drain".</summary>
    private static string Invocation(CommandResult command)
        => command.Parent is CommandResult parent ? $"{Invocation(parent)} {command.Command.Name}" : "pusher";

    /// <summary>The message of an <see cref="ArgumentException"/> without the parameter's name, which means nothing to who typed an option.</summary>
    private static string Sentence(string message)
        => message.IndexOf(" (Parameter '", StringComparison.Ordinal) is >= 0 and var end ? message[..end] : message;

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine($"pusher: {message}");
        return exitCode;
    }
}
