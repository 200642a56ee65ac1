using Spectre.Console;

namespace Pusher.Up;

/// <summary>One calm screen: what goes in, what comes out, who is there.</summary>
internal static class DemoScreen
{
    public static async Task ShowAsync(DemoRun run, CancellationToken stop)
        => await AnsiConsole.Live(Draw(run)).StartAsync(async live =>
        {
            while (!stop.IsCancellationRequested)
            {
                live.UpdateTarget(Draw(run));
                await Task.Delay(250, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }).ConfigureAwait(false);

    private static Rows Draw(DemoRun run)
    {
        var counts = run.Count();
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("device", "state", "logins", "orders", "last order");
        foreach (var device in run.Devices)
        {
            table.AddRow(
                device.Name,
                device.State == "online" ? "[green]online[/]" : $"[yellow]{device.State}[/]",
                device.Logins.ToString(),
                device.Handled.ToString(),
                Markup.Escape(device.Last));
        }

        var ways = run.Cluster.NatsUrl ?? "HTTP only (nats-server is not installed)";
        return new Rows(
            new Markup($"[bold]Pusher[/]  devices {run.Cluster.DeviceEndPoint}  http http://{run.Cluster.HttpEndPoint}  orders over {Markup.Escape(ways)}"),
            table,
            new Markup($"published [bold]{counts.Published}[/]  accepted [bold]{counts.Accepted}[/]  handed over [bold]{counts.Handed}[/]  on the way {counts.Lost}  twice {counts.HandedTwice}  out of order {counts.OutOfOrder}"),
            new Markup(run.Source.Trouble.Length == 0 ? "[grey]Ctrl-C stops everything that was started[/]" : $"[yellow]{Markup.Escape(run.Source.Trouble)}[/]"));
    }
}
