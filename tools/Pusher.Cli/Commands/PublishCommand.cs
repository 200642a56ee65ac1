using System.CommandLine;
using System.Text;
using Pusher.Client.Publishing;
using Pusher.Core.Identity;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher publish</c>.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("tenant/device") { Description = "Whom to: tenant/device, or the tenant alone with --all.", HelpName = "tenant[/device]" };
        var all = new Option<bool>("--all") { Description = "To every device of the tenant that is online; needs --qos 0." };
        var qos = new Option<int>("--qos") { Description = "1 = stored, at least once; 0 = not stored, at most once, to whom is online.", DefaultValueFactory = _ => 1 };
        var nats = new Option<string?>("--nats") { Description = $"NATS server, nats://host:port; secrets in {Secrets.NatsUserVariable}, {Secrets.NatsPasswordVariable}, {Secrets.NatsTokenVariable}.", HelpName = "URL" };
        var http = CommonOptions.Http();
        var tokenFile = CommonOptions.TokenFile();
        var id = new Option<string?>("--id") { Description = "Publisher id: the same one again is a duplicate. With --count: ID-1, ID-2, …" };
        var ttl = new Option<TimeSpan?>("--ttl") { Description = "Time to live: 90s, 15m, 2h, 1d.", CustomParser = TimeToLive.Parse };
        var priority = new Option<byte>("--priority") { Description = "0 (normal) to 255." };
        var file = new Option<FileInfo?>("--file") { Description = "Payload from a file; else --data; else standard input." };
        var data = new Option<string?>("--data") { Description = "Payload as text; with --count, {n} is replaced by the number." };
        var count = new Option<int>("--count") { Description = "How many to publish.", DefaultValueFactory = _ => 1 };
        var rate = new Option<double>("--rate") { Description = "Messages a second; 0 = as fast as it goes." };
        var attempts = new Option<int>("--attempts") { Description = "Attempts for each, with the same id.", DefaultValueFactory = _ => 5 };
        var json = CommonOptions.Json();
        var command = new Command("publish", $"Publish messages to a device, or to all of a tenant. {ExitCode.Help}")
        {
            target, all, qos, nats, http, tokenFile, id, ttl, priority, file, data, count, rate, attempts, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var options = new PublishOptions { PublisherId = parsed.GetValue(id), Ttl = parsed.GetValue(ttl), Priority = parsed.GetValue(priority), Qos = parsed.GetValue(qos) };
            var run = new PublishRun(
                Target(parsed.GetValue(target)!, parsed.GetValue(all), options),
                options,
                parsed.GetValue(count),
                parsed.GetValue(rate),
                parsed.GetValue(json));
            var payload = await PayloadAsync(parsed.GetValue(file), parsed.GetValue(data), cancel).ConfigureAwait(false);
            var retry = new PublishRetryOptions
            {
                Attempts = parsed.GetValue(attempts) is >= 1 and var number ? number : throw new CliException(ExitCode.Usage, "--attempts must be 1 or more."),
            };
            await using var publisher = Connect(parsed.GetValue(nats), parsed.GetValue(http), parsed.GetValue(tokenFile), retry);
            return await run.RunAsync(publisher, payload, parsed.GetValue(data), cancel).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Whom to; an empty device = all of the tenant.</summary>
    private static DeviceKey Target(string target, bool all, PublishOptions options)
    {
        if (options.Qos is not (0 or 1) || (options.Qos == 0 && options.PublisherId is not null) || (all && options.Qos != 0))
        {
            throw new CliException(ExitCode.Usage, "--qos is 0 or 1; --all needs --qos 0, and --id needs --qos 1.");
        }

        if (all)
        {
            return Identifier.IsValid(target)
                ? new DeviceKey(target, "")
                : throw new CliException(ExitCode.Usage, $"'{target}' is not a tenant, 1 to 64 characters of [A-Za-z0-9_-].");
        }

        return DeviceKey.TryParse(target, out var device)
            ? device
            : throw new CliException(ExitCode.Usage, $"'{target}' is not tenant/device, each 1 to 64 characters of [A-Za-z0-9_-].");
    }

    private static IPublisher Connect(string? nats, Uri? http, FileInfo? tokenFile, PublishRetryOptions retry)
    {
        if (nats is null == http is null)
        {
            throw new CliException(ExitCode.Usage, "Give either --nats URL or --http URL.");
        }

        if (http is not null)
        {
            return new HttpPublisher(new HttpPublisherOptions { BaseAddress = http, Token = Secrets.Read(tokenFile, Secrets.TokenVariable), Retry = retry });
        }

        if (nats!.Contains('@', StringComparison.Ordinal) || !Uri.TryCreate(nats, UriKind.Absolute, out var url) || url.Scheme is not ("nats" or "tls" or "ws" or "wss"))
        {
            throw new CliException(ExitCode.Usage, $"--nats must be nats://host:port, without a secret in it; use {Secrets.NatsUserVariable}, {Secrets.NatsPasswordVariable} or {Secrets.NatsTokenVariable}.");
        }

        return new Publisher(new PublisherOptions
        {
            NatsUrl = nats,
            User = Secrets.Variable(Secrets.NatsUserVariable),
            Password = Secrets.Variable(Secrets.NatsPasswordVariable),
            Token = Secrets.Variable(Secrets.NatsTokenVariable),
            Retry = retry,
        });
    }

    private static async Task<byte[]> PayloadAsync(FileInfo? file, string? data, CancellationToken cancel)
    {
        if (file is not null && data is not null)
        {
            throw new CliException(ExitCode.Usage, "Give --file or --data, not both.");
        }

        if (data is not null)
        {
            return Encoding.UTF8.GetBytes(data);
        }

        if (file is not null)
        {
            return file.Exists ? await File.ReadAllBytesAsync(file.FullName, cancel).ConfigureAwait(false) : throw new CliException(ExitCode.Usage, $"The file '{file}' does not exist.");
        }

        using var buffer = new MemoryStream();
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(buffer, cancel).ConfigureAwait(false);
        return buffer.ToArray();
    }
}
