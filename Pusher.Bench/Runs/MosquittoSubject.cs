namespace Pusher.Bench.Runs;

/// <summary>mosquitto, memory only, without limits that would refuse or drop, and without a log.</summary>
internal sealed class MosquittoSubject(string name, IReadOnlyList<Part> parts) : Subject(name, parts)
{
    /// <summary>Its accept queue holds 100; what does not fit is tried again by the kernel after a second.</summary>
    private const string LoginsPending = "64";

    public override async Task<RunningServer> StartAsync(string directory, string credentials, CancellationToken cancel)
    {
        var port = LoopbackPort.Free();
        var configuration = Path.Combine(directory, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, Configuration(port), cancel).ConfigureAwait(false);
        var child = Child.Start(Name, "mosquitto", ["-c", configuration]);
        try
        {
            await LoopbackPort.WaitAsync(port, child, StartTime, cancel).ConfigureAwait(false);
            return new RunningServer(child) { HasKeys = false, LoadArguments = ["--protocol", "mqtt", "--server", $"127.0.0.1:{port}", "--logins-pending", LoginsPending] };
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal static string Configuration(int port) =>
        $"""
        listener {port} 127.0.0.1
        allow_anonymous true
        persistence false
        log_dest none
        max_connections -1
        max_inflight_messages 0
        max_queued_messages 0
        set_tcp_nodelay true

        """;
}
