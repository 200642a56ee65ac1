using System.Globalization;

namespace Pusher.Local;

/// <summary>A nats-server with its monitoring port.</summary>
public sealed class LocalNats(string directory) : LocalServer("nats-server", Path.Combine(directory, "nats.log"))
{
    public int Port { get; } = LocalPorts.Next();

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>Where <c>/varz</c> is served.</summary>
    public int MonitorPort { get; } = LocalPorts.Next();

    protected override ChildStart Describe()
        => new(
            Name,
            LocalProgram.Need("nats-server"),
            ["--addr", "127.0.0.1", "--port", Port.ToString(CultureInfo.InvariantCulture), "--http_port", MonitorPort.ToString(CultureInfo.InvariantCulture)],
            line => line.Contains("Server is ready", StringComparison.Ordinal));
}
