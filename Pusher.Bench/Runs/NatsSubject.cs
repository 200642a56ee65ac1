namespace Pusher.Bench.Runs;

/// <summary>nats-server, core NATS: nothing is acknowledged.</summary>
internal sealed class NatsSubject(string name, IReadOnlyList<Part> parts) : Subject(name, parts)
{
    public override async Task<RunningServer> StartAsync(string directory, string credentials, CancellationToken cancel)
    {
        var (child, port) = await StartBrokerAsync(StartTime, cancel).ConfigureAwait(false);
        return new RunningServer(child) { HasKeys = false, LoadArguments = ["--protocol", "nats", "--server", $"127.0.0.1:{port}"] };
    }

    /// <summary>A nats-server that listens on loopback only.</summary>
    public static async Task<(Child Broker, int Port)> StartBrokerAsync(TimeSpan time, CancellationToken cancel)
    {
        var port = LoopbackPort.Free();
        var child = Child.Start("nats-server", "nats-server", ["--addr", "127.0.0.1", "--port", $"{port}"]);
        try
        {
            await LoopbackPort.WaitAsync(port, child, time, cancel).ConfigureAwait(false);
            return (child, port);
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
