using System.CommandLine;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Transport;

namespace Pusher.Cli.Load;

/// <summary><c>pusher load</c>: many simulated devices, publishers, and a checker.</summary>
internal static class LoadCommand
{
    private const string Help =
        "Put a server under load and check what it delivers. Modes: connect (log in all devices), idle (hold them), unicast (publish to one device after the other), "
        + "fanout (publish to all devices of a tenant), churn (log in anew all the time). Exit codes: 0 all well, 1 an accepted message was lost or the run could not do what was asked, "
        + "2 wrong usage, 3 server or publishing side not reachable. Figures and files: docs/LOAD.md.";

    private static readonly Argument<LoadMode> Mode = new("mode") { Description = "connect, idle, unicast, churn or fanout." };
    private static readonly Option<LoadProtocol> Protocol = new("--protocol")
    {
        Description = "What devices speak: pusher; or mqtt (3.1.1) or nats, to put an MQTT broker or a nats-server under the same load, devices and publishers both at --server.",
        HelpName = "NAME",
    };

    private static readonly Option<string> Server = new("--server") { Description = "Where devices connect.", HelpName = "HOST:PORT", Required = true };
    private static readonly Option<string?> Nats = new("--nats") { Description = $"NATS server, nats://host:port; secrets in {Secrets.NatsUserVariable}, {Secrets.NatsPasswordVariable}, {Secrets.NatsTokenVariable}.", HelpName = "URL" };
    private static readonly Option<string?> Publish = new("--publish")
    {
        Description = "Where to publish: nats://host:port as --nats, or raw:host:port for a benchmark server, which answers nothing (frames: docs/LOAD.md).",
        HelpName = "ADDRESS",
    };

    private static readonly Option<int?> Qos = new("--qos") { Description = "1 (fanout, nats 0). 1: devices acknowledge and nothing accepted may be lost. 0: nothing is stored or acknowledged; what is lost to a device that stayed connected is still exit code 1." };
    private static readonly Option<bool> Ordered = new("--ordered") { Description = "With --window: publishes to a device only when the one before is answered. Of several nodes two could store them in either order." };
    private static readonly Option<bool> AllowLoss = new("--allow-loss") { Description = "With --qos 0: lost messages are a figure, not a failure." };
    private static readonly Option<FileInfo?> Keys = new("--keys") { Description = "Devices and their keys, made by 'pusher load keys'; not for mqtt and nats.", HelpName = "FILE" };
    private static readonly Option<int> Devices = Number("--devices", 1_000, "Devices.");
    private static readonly Option<int> Skip = Number("--skip", 0, "Leave so many devices of the file out: another process has them.");
    private static readonly Option<int> Publishers = Number("--publishers", 1, "Connections that publish.");
    private static readonly Option<int> Payload = Number("--payload", 128, $"Bytes of a message, at least {LoadPayload.Size}.");
    private static readonly Option<double> Rate = new("--rate") { Description = "Messages (churn: logins) a second; latencies then count from when a message was due." };
    private static readonly Option<int?> Window = new("--window") { Description = $"{LoadOptions.WindowDefault}, fanout {LoadOptions.FanoutWindowDefault}. Without --rate: publishes that each publisher keeps without an answer; where nothing answers, that no device has yet." };
    private static readonly Option<int> Batch = Number("--batch", 1, "With --nats: messages that are due go out in batches of up to so many; with a window, in whole ones.");
    private static readonly Option<double> Duration = Seconds("--duration", 10, "Measured time in seconds.");
    private static readonly Option<double> Warmup = Seconds("--warmup", 2, "Time under load before, in seconds.");
    private static readonly Option<double> Drain = Seconds("--drain", 20, "How long the last messages may take, in seconds.");
    private static readonly Option<double> Quiet = Seconds("--quiet", 2, "With --qos 0: when nothing has arrived for so many seconds, what is missing at the end counts as lost.");
    private static readonly Option<int> Sources = Number("--sources", 0, "Connect from so many addresses, 127.0.0.2 and up; one reaches a server about 28,000 times.");
    private static readonly Option<int> Reactors = Number("--reactors", 1, "Threads of the device side.");
    private static readonly Option<int> LoginsPending = Number("--logins-pending", 256, "Connections of one thread that are being made at a time.");
    private static readonly Option<int> Heartbeat = Number("--heartbeat", 0, "Heartbeat that devices propose, in seconds; 0 = the server's.");
    private static readonly Option<int> ServerPid = Number("--server-pid", 0, "Read processor time and memory of this process.");
    private static readonly Option<Uri?> Metrics = new("--metrics")
    {
        Description = "The server's /metrics, for what it allocates.",
        HelpName = "URL",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            {
                return uri;
            }

            result.AddError("--metrics must be http://host:port/metrics.");
            return null;
        },
    };

    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write the figures to this file.", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("load", Help)
        {
            Mode, Protocol, Server, Nats, Publish, Qos, Ordered, AllowLoss, Keys, Devices, Skip, Publishers, Payload, Rate, Window, Batch, Duration, Warmup, Drain, Quiet, Sources, Reactors, LoginsPending, Heartbeat, ServerPid, Metrics, Json,
            LoadKeysCommand.Create(),
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var options = Read(parsed);
        options.Validate();
        LoadLimits.CheckFiles(options.Devices, OpenFileLimit.Raise());
        LoadLimits.CheckPorts(options.Devices, options.Sources, LoadLimits.ReadPortRange());
        CheckJsonFile(options.JsonFile);
        var devices = options.Protocol == LoadProtocol.Pusher ? DeviceKeyFile.Read(options.KeysFile, options.Devices, options.Skip) : DeviceKeyFile.WithoutKeys(options.Devices, options.Skip);
        if ((options.Mode == LoadMode.Fanout || options.Batch > 1) && devices.FirstOrDefault(d => d.Device.Tenant != devices[0].Device.Tenant) is { } other)
        {
            var what = options.Mode == LoadMode.Fanout ? "The mode fanout publishes to one tenant" : "A batch is for one tenant";
            throw new CliException(ExitCode.Usage, $"{what}, and '{options.KeysFile}' has devices of {devices[0].Device.Tenant} and of {other.Device.Tenant}.");
        }

        await using var run = new LoadRun(options, devices, cancel);
        return await run.RunAsync().ConfigureAwait(false);
    }

    // Before the run rather than behind it.
    private static void CheckJsonFile(string? path)
    {
        if (path is not null && !Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new CliException(ExitCode.Usage, $"--json '{path}': there is no such directory; make it first.");
        }
    }

    private static LoadOptions Read(ParseResult parsed) => new()
    {
        Mode = parsed.GetValue(Mode),
        Protocol = parsed.GetValue(Protocol),
        Server = HostPort.Parse("--server", parsed.GetValue(Server)!),
        Publish = PublishOf(parsed),
        Qos = parsed.GetValue(Qos) ?? (parsed.GetValue(Mode) == LoadMode.Fanout || parsed.GetValue(Protocol) == LoadProtocol.Nats ? 0 : 1),
        Ordered = parsed.GetValue(Ordered),
        AllowLoss = parsed.GetValue(AllowLoss),
        KeysFile = parsed.GetValue(Keys)?.FullName ?? "",
        Devices = parsed.GetValue(Devices),
        Skip = parsed.GetValue(Skip),
        Publishers = parsed.GetValue(Publishers),
        PayloadBytes = parsed.GetValue(Payload),
        Rate = parsed.GetValue(Rate),
        Window = parsed.GetValue(Window) ?? (parsed.GetValue(Mode) == LoadMode.Fanout ? LoadOptions.FanoutWindowDefault : LoadOptions.WindowDefault),
        Batch = parsed.GetValue(Batch),
        Duration = TimeSpan.FromSeconds(parsed.GetValue(Duration)),
        Warmup = TimeSpan.FromSeconds(parsed.GetValue(Warmup)),
        Drain = TimeSpan.FromSeconds(parsed.GetValue(Drain)),
        Quiet = TimeSpan.FromSeconds(parsed.GetValue(Quiet)),
        Sources = parsed.GetValue(Sources),
        Reactors = parsed.GetValue(Reactors),
        LoginsPending = parsed.GetValue(LoginsPending),
        HeartbeatMs = (uint)Math.Clamp(parsed.GetValue(Heartbeat), 0, 3_600) * 1_000,
        ServerPid = parsed.GetValue(ServerPid),
        MetricsUrl = parsed.GetValue(Metrics),
        JsonFile = parsed.GetValue(Json)?.FullName,
    };

    private static PublishAddress? PublishOf(ParseResult parsed)
    {
        var (nats, publish) = (parsed.GetValue(Nats), parsed.GetValue(Publish));
        if (nats is not null && publish is not null)
        {
            throw new CliException(ExitCode.Usage, "Give --nats or --publish, not both.");
        }

        if (nats is null && publish is null && parsed.GetValue(Protocol) != LoadProtocol.Pusher)
        {
            return new PublishAddress(PublishKind.Broker, HostPort.Parse("--server", parsed.GetValue(Server)!), parsed.GetValue(Server)!);
        }

        return nats is not null ? PublishAddress.Parse("--nats", nats) : publish is not null ? PublishAddress.Parse("--publish", publish) : null;
    }

    private static Option<int> Number(string name, int value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<double> Seconds(string name, double value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "S" };
}
