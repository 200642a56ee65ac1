using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher node list|drain</c>: any node of the cluster answers for all of them.</summary>
internal static class NodeCommand
{
    /// <summary>The longest names and addresses, and some more.</summary>
    private const int TableWidth = 240;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    public static Command Create() => new("node", $"See the nodes of a cluster and take them out of service. {ExitCode.Help}")
    {
        CreateList(),
        CreateDrain(),
    };

    private static Command CreateList()
    {
        var (http, tokenFile, json) = (Http(), CommonOptions.TokenFile(), CommonOptions.Json());
        var command = new Command("list", "List the live nodes with their load.") { http, tokenFile, json };
        command.SetAction(async (parsed, cancel) =>
        {
            using var admin = new NodeAdmin(parsed.GetValue(http)!, Secrets.Read(parsed.GetValue(tokenFile), Secrets.TokenVariable));
            var nodes = await admin.ListAsync(cancel).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                nodes.ForEach(node => Console.Out.WriteLine(node.GetRawText()));
            }
            else
            {
                AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, TableWidth); // a pipe or a narrow window wraps by itself; a cut name helps nobody
                AnsiConsole.Write(ToTable(nodes));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateDrain()
    {
        var name = new Argument<string>("node") { Description = "The node's name, as 'pusher node list' shows it." };
        var wait = new Option<bool>("--wait") { Description = "Return when the node is gone." };
        var (http, tokenFile, json) = (Http(), CommonOptions.TokenFile(), CommonOptions.Json());
        tokenFile.Description = $"File whose first line is the administrator's token (--admin-token-file of the nodes); else {Secrets.TokenVariable}.";
        var command = new Command("drain", "Have a node send its devices to the others and end, as at SIGTERM. Ask another node than this one with --wait.") { name, http, tokenFile, wait, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var node = parsed.GetValue(name)!;
            using var admin = new NodeAdmin(parsed.GetValue(http)!, Secrets.Read(parsed.GetValue(tokenFile), Secrets.TokenVariable));
            await admin.DrainAsync(node, cancel).ConfigureAwait(false);
            while (parsed.GetValue(wait) && await IsThereAsync(admin, node, cancel).ConfigureAwait(false))
            {
                await Task.Delay(LookAgain, cancel).ConfigureAwait(false);
            }

            Show(node, parsed.GetValue(wait) ? "gone" : "asked to drain", parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    // By its name: a node that was started again at once under its name counts as there.
    private static async Task<bool> IsThereAsync(NodeAdmin admin, string node, CancellationToken cancel)
        => (await admin.ListAsync(cancel).ConfigureAwait(false)).Exists(row => row.GetProperty("node").GetString() == node);

    private static Table ToTable(List<JsonElement> nodes)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var (title, isNumber) in new[] { ("node", false), ("state", false), ("address", false), ("connections", true), ("messages/s", true), ("since", false) })
        {
            table.AddColumn(new TableColumn(title) { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = true });
        }

        foreach (var node in nodes)
        {
            table.AddRow([.. new[] { "node", "state", "address", "connections", "messages_per_second", "since" }.Select(key => Markup.Escape(node.GetProperty(key).ToString()))]);
        }

        return table;
    }

    private static void Show(string node, string status, bool json)
    {
        if (json)
        {
            JsonLine.Write(w =>
            {
                w.WriteString("node", node);
                w.WriteString("status", status);
            });
        }
        else
        {
            Console.Out.WriteLine($"{node}: {status}");
        }
    }

    private static Option<Uri?> Http()
    {
        var http = CommonOptions.Http();
        http.Required = true;
        return http;
    }
}
