using System.CommandLine;
using System.Reflection;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("version", "Show the version of this program and of the wire protocol.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        if (json)
        {
            JsonLine.Write(w =>
            {
                w.WriteString("version", version);
                w.WriteNumber("protocol", FrameHeader.VersionCurrent);
                w.WriteString("runtime", Environment.Version.ToString());
            });
        }
        else
        {
            Console.Out.WriteLine($"pusher {version}, wire protocol {FrameHeader.VersionCurrent}, .NET {Environment.Version}");
        }

        return ExitCode.Ok;
    }
}
