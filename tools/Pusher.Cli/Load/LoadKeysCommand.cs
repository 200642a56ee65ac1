using System.CommandLine;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Identity;

namespace Pusher.Cli.Load;

/// <summary><c>pusher load keys</c>: devices for a load run.</summary>
internal static class LoadKeysCommand
{
    private const int DevicesMax = 1_000_000;

    public static Command Create()
    {
        var devices = new Option<int>("--devices") { Description = "How many.", DefaultValueFactory = _ => 1_000 };
        var tenant = new Option<string>("--tenant") { Description = "Their tenant.", DefaultValueFactory = _ => "load" };
        var keys = new Option<FileInfo>("--out-keys") { Description = "The keys, for 'pusher load --keys'.", HelpName = "FILE", Required = true };
        var credentials = new Option<FileInfo>("--out-credentials") { Description = "The credentials file for the server; it must not exist yet.", HelpName = "FILE", Required = true };
        var command = new Command("keys", "Make keys for simulated devices, and the credentials file that goes with them.") { devices, tenant, keys, credentials };
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(devices);
            if (count is < 1 or > DevicesMax || !Identifier.IsValid(parsed.GetValue(tenant)))
            {
                throw new CliException(ExitCode.Usage, $"--devices must be from 1 to {DevicesMax}, and --tenant 1 to {Identifier.LengthMax} characters of [A-Za-z0-9_-].");
            }

            DeviceKeyFile.Create(parsed.GetValue(tenant)!, count, parsed.GetValue(keys)!.FullName, parsed.GetValue(credentials)!.FullName);
            Console.Error.WriteLine($"{count} devices of the tenant {parsed.GetValue(tenant)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
