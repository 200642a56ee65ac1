using System.CommandLine;
using Pusher.Client.Devices;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher device</c>: be a device.</summary>
internal static class DeviceCommand
{
    public static Command Create()
    {
        var server = new Option<string[]>("--server") { Description = "Server, host:port; several may be given.", Required = true, HelpName = "HOST:PORT" };
        var tenant = new Option<string>("--tenant") { Description = "Tenant.", Required = true };
        var device = new Option<string>("--device") { Description = "Name of the device within the tenant.", Required = true };
        var keyFile = new Option<FileInfo?>("--key-file") { Description = $"File with the device's key; else {Secrets.DeviceKeyVariable}.", HelpName = "FILE" };
        var store = new Option<string>("--store") { Description = "Store the device stands in.", DefaultValueFactory = _ => "" };
        var tags = new Option<string[]>("--tag") { Description = "Tag; up to 8." };
        var ring = new Option<FileInfo?>("--ring") { Description = "File that remembers what was handed over, so that a restart hands nothing over twice.", HelpName = "FILE" };
        var heartbeat = new Option<uint>("--heartbeat-ms") { Description = "Heartbeat interval to propose; 0 = the server decides." };
        var window = new Option<ushort>("--window") { Description = "Window to propose; 0 = the server decides." };
        var count = new Option<int>("--count") { Description = "Stop after so many messages; 0 = run until Ctrl-C." };
        var result = new Option<DeliveryResult>("--result") { Description = "What to report for each message.", DefaultValueFactory = _ => DeliveryResult.Printed, CustomParser = ResultName.Parse };
        var checksum = new Option<bool>("--checksum") { Description = "CRC32C behind every frame." };
        var again = new Option<bool>("--hand-over-again") { Description = "Hand over again what a crash interrupted, marked, instead of reporting it as failed." };
        var retry = new Option<int>("--unauthorized-retry-ms") { Description = "Come back after 'unauthorized', for keys that are added later; 0 = stop." };
        var json = CommonOptions.Json();
        var command = new Command("device", $"Be a device: connect, print what arrives, acknowledge it, until Ctrl-C. {ExitCode.Help}")
        {
            server, tenant, device, keyFile, store, tags, ring, heartbeat, window, count, result, checksum, again, retry, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            var options = new DeviceClientOptions
            {
                Servers = parsed.GetValue(server)!,
                Tenant = parsed.GetValue(tenant)!,
                Device = parsed.GetValue(device)!,
                Key = Secrets.ReadDeviceKey(parsed.GetValue(keyFile)),
                Store = parsed.GetValue(store)!,
                Tags = parsed.GetValue(tags) ?? [],
                RingFile = parsed.GetValue(ring)?.FullName,
                HeartbeatMs = parsed.GetValue(heartbeat),
                Window = parsed.GetValue(window),
                Checksum = parsed.GetValue(checksum),
                Interrupted = parsed.GetValue(again) ? InterruptedPolicy.HandOverAgain : InterruptedPolicy.Report,
                UnauthorizedRetryMs = parsed.GetValue(retry) is > 0 and var ms ? ms : null,
                ClientVersion = "pusher-cli/0.1",
            };
            return RunAsync(options, parsed.GetValue(count), parsed.GetValue(result), new DevicePrinter(parsed.GetValue(json)), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(DeviceClientOptions options, int count, DeliveryResult result, DevicePrinter printer, CancellationToken cancel)
    {
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = 0;
        var client = new DeviceClient(options, (message, _) =>
        {
            printer.Message(message);
            if (++handled == count)
            {
                enough.TrySetResult();
            }

            return ValueTask.FromResult(new HandlingResult(result));
        });
        client.StateChanged += printer.State;
        client.Start();
        await Task.WhenAny(client.Completion, enough.Task, Task.Delay(Timeout.Infinite, cancel)).ConfigureAwait(false);
        await client.StopAsync().ConfigureAwait(false);
        var last = await client.Completion.ConfigureAwait(false);
        printer.Summary(handled);
        return last.Reason == CloseReason.None
            ? ExitCode.Ok
            : throw new CliException(ExitCode.Failed, $"{options.Tenant}/{options.Device} was sent away: {last.Reason} ({last.Text}). {Remedy(last.Reason)}");
    }

    private static string Remedy(CloseReason reason) => reason switch
    {
        CloseReason.Unauthorized => "Check tenant, device and key file, and that the server's credentials file has the device ('pusher keys list').",
        CloseReason.Replaced => "The same device has logged in from another place; every device needs its own name.",
        CloseReason.Revoked => "Its key was revoked; make a new one with 'pusher keys add'.",
        _ => "The server's log says more.",
    };
}
