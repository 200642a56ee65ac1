using System.Net;
using Pusher.Core.Identity;
using Pusher.Local;

namespace Pusher.Up;

/// <summary>The servers of the demo and the directory they live in.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    public const string Tenant = "demo";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);

    private readonly UpOptions _options;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pusher-up-");
    private readonly LocalKeys _keys;
    private ChildProcess? _nats;
    private ChildProcess? _server;

    private DemoCluster(UpOptions options, IEnumerable<string> devices)
    {
        _options = options;
        _keys = LocalKeys.Write(Path.Combine(_directory.FullName, "credentials.txt"), Tenant, devices);
    }

    /// <summary>Null when nats-server is not installed: then orders go over HTTP.</summary>
    public string? NatsUrl { get; private set; }

    public IPEndPoint DeviceEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public IPEndPoint HttpEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public int ServerId => _server!.Id;

    /// <summary>The last lines the server said.</summary>
    public string ServerLog => _server!.Tail;

    public static async Task<DemoCluster> StartAsync(UpOptions options, IEnumerable<string> devices)
    {
        var cluster = new DemoCluster(options, devices);
        try
        {
            await cluster.StartNatsAsync().ConfigureAwait(false);
            await cluster.StartServerAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public byte[] KeyOf(string device) => _keys.Of(new DeviceKey(Tenant, device));

    public string RingFileOf(string device) => Path.Combine(_directory.FullName, $"{device}.ring");

    /// <summary>SIGKILL, then a new process on the same ports and data.</summary>
    public async Task CrashServerAsync()
    {
        await _server!.KillAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await StartServerAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _server, _nats })
        {
            if (process is not null)
            {
                await process.DisposeAsync().ConfigureAwait(false);
            }
        }

        _directory.Delete(recursive: true);
    }

    private async Task StartNatsAsync()
    {
        if (LocalProgram.Find("nats-server") is not { } program)
        {
            return;
        }

        var port = LocalPorts.Next();
        _nats = await ChildProcess.StartAsync(new ChildStart(
            "nats-server",
            program,
            ["--addr", "127.0.0.1", "--port", port.ToString()],
            line => line.Contains("Server is ready", StringComparison.Ordinal))
        { Deadline = StartTime }).ConfigureAwait(false);
        NatsUrl = $"nats://127.0.0.1:{port}";
    }

    private async Task StartServerAsync()
    {
        var arguments = new List<string>
        {
            _options.ServerAssembly,
            "--listen", DeviceEndPoint.ToString(),
            "--http", HttpEndPoint.ToString(),
            "--data", Path.Combine(_directory.FullName, "data"),
            "--credentials", _keys.File,
            "--node", "demo",
            "--log-level", "warning",
        };
        if (NatsUrl is not null)
        {
            arguments.AddRange(["--nats", NatsUrl]);
        }

        _server = await ChildProcess.StartAsync(new ChildStart(
            "pusher-server", LocalProgram.Dotnet, arguments, line => line.StartsWith("ready ", StringComparison.Ordinal))
        { Deadline = StartTime }).ConfigureAwait(false);
        DeviceEndPoint = EndPointIn(_server.ReadyLine, "listen=");
        HttpEndPoint = EndPointIn(_server.ReadyLine, "http=");
    }

    private static IPEndPoint EndPointIn(string ready, string name)
        => IPEndPoint.Parse(ready.Split(' ').Single(part => part.StartsWith(name, StringComparison.Ordinal))[name.Length..]);
}
