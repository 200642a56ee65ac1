using System.CommandLine;
using System.Text.Json;
using Pusher.Client.Publishing;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher message</c>: what became of one.</summary>
internal static class MessageCommand
{
    public static Command Create()
    {
        var http = CommonOptions.Http();
        http.Required = true;
        var tokenFile = CommonOptions.TokenFile();
        var tenant = new Argument<string>("tenant") { Description = "Tenant." };
        var id = new Argument<ulong?>("message-id") { Description = "The server's message id.", Arity = ArgumentArity.ZeroOrOne };
        var device = new Option<string?>("--device") { Description = "Device, with --publisher-id." };
        var publisherId = new Option<string?>("--publisher-id") { Description = "The publisher's own id, with --device." };
        var json = CommonOptions.Json();
        var command = new Command("message", $"Ask what became of a message, by message id or by --device and --publisher-id. {ExitCode.Help}")
        {
            tenant, id, http, tokenFile, device, publisherId, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var publisher = new HttpPublisher(new HttpPublisherOptions
            {
                BaseAddress = parsed.GetValue(http)!,
                Token = Secrets.Read(parsed.GetValue(tokenFile), Secrets.TokenVariable),
            });
            var lookup = (parsed.GetValue(id), parsed.GetValue(device), parsed.GetValue(publisherId)) switch
            {
                ({ } messageId, null, null) => await publisher.FindAsync(parsed.GetValue(tenant)!, messageId, cancel).ConfigureAwait(false),
                (null, { } name, { } own) => await publisher.FindAsync(parsed.GetValue(tenant)!, name, own, cancel).ConfigureAwait(false),
                _ => throw new CliException(ExitCode.Usage, "Give either a message id, or both --device and --publisher-id."),
            };
            return Show(lookup, parsed.GetValue(json));
        });
        return command;
    }

    /// <summary>The node's own sentence.</summary>
    private static string Problem(MessageLookup lookup)
        => lookup.Answer.ValueKind == JsonValueKind.Object && lookup.Answer.TryGetProperty("error", out var error) ? error.ToString() : "No such message.";

    private static int Show(MessageLookup lookup, bool json)
    {
        if (lookup.Status == MessageLookupStatus.Unauthorized)
        {
            throw new CliException(ExitCode.Failed, $"The node refused the token. Give the right one with --token-file or {Secrets.TokenVariable}.");
        }

        if (lookup.Status != MessageLookupStatus.Found)
        {
            throw new CliException(ExitCode.Failed, Problem(lookup));
        }

        if (json)
        {
            Console.Out.WriteLine(lookup.Answer.GetRawText());
        }
        else
        {
            foreach (var member in lookup.Answer.EnumerateObject())
            {
                Console.Out.WriteLine($"{member.Name,-16} {member.Value}");
            }
        }

        return ExitCode.Ok;
    }
}
