namespace Pusher.Bench.Runs;

/// <summary>
/// The product as it ships but for one event loop, as all servers of a bench have: pusher-server with its store on disk, publishers on NATS. The broker's time is a
/// figure of its own.
/// </summary>
/// <param name="name">As in the figures' names.</param>
/// <param name="serverDll">The server.</param>
/// <param name="parts">What is done with it, in this order; with batches only such as publish.</param>
/// <param name="batch">Messages that the load publishes together; 1 = each by itself.</param>
internal sealed class PusherSubject(string name, string serverDll, IReadOnlyList<Part> parts, int batch = 1) : Subject(name, parts)
{
    public override async Task<RunningServer> StartAsync(string directory, string credentials, CancellationToken cancel)
    {
        if (!File.Exists(serverDll))
        {
            throw new BenchException($"--server '{serverDll}': no such file; tools/bench builds it and says where it is");
        }

        var (broker, port) = await NatsSubject.StartBrokerAsync(StartTime, cancel).ConfigureAwait(false);
        Child? server = null;
        try
        {
            var nats = $"nats://127.0.0.1:{port}";
            server = Child.Start(Name, "dotnet", [serverDll, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", Path.Combine(directory, "data"), "--credentials", credentials, "--nats", nats, "--log-level", "warning", "--reactors", "1"]);
            var ready = ReadyLine.Parse(await server.ReadLineAsync("ready ", StartTime, cancel).ConfigureAwait(false));
            return new RunningServer(server, broker)
            {
                LoadArguments = ["--server", ready["listen"], "--nats", nats, "--metrics", $"http://{ready["http"]}/metrics", .. batch > 1 ? (string[])["--batch", $"{batch}"] : []],
            };
        }
        catch
        {
            if (server is not null)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }

            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
