using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Up;

/// <summary>The servers of the demo and the directory they live in.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    public const string Tenant = "demo";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);

    private readonly UpOptions _options;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pusher-up-");
    private readonly Dictionary<DeviceKey, byte[]> _keys = [];
    private ChildProcess? _nats;
    private ChildProcess? _server;

    private DemoCluster(UpOptions options) => _options = options;

    /// <summary>Null when nats-server is not installed: then orders go over HTTP.</summary>
    public string? NatsUrl { get; private set; }

    public IPEndPoint DeviceEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public IPEndPoint HttpEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public int ServerId => _server!.Id;

    /// <summary>The last lines the server said.</summary>
    public string ServerLog => _server!.Tail;

    public static async Task<DemoCluster> StartAsync(UpOptions options, IEnumerable<string> devices)
    {
        var cluster = new DemoCluster(options);
        try
        {
            cluster.WriteKeys(devices);
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

    public byte[] KeyOf(string device) => _keys[new DeviceKey(Tenant, device)];

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

    private string CredentialsFile => Path.Combine(_directory.FullName, "credentials.txt");

    private void WriteKeys(IEnumerable<string> devices)
    {
        var document = CredentialsDocument.Empty();
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        foreach (var device in devices)
        {
            var key = RandomNumberGenerator.GetBytes(ProtocolLimits.KeyBytes);
            LoginProof.StoredKey(key, stored);
            _keys.Add(new DeviceKey(Tenant, device), key);
            document.Add(new CredentialsEntry(new DeviceKey(Tenant, device), StoredKey.FromHash(stored), "kitchen-1", null));
        }

        File.WriteAllText(CredentialsFile, document.ToString(), new UTF8Encoding(false));
    }

    private async Task StartNatsAsync()
    {
        if (Find("nats-server") is not { } program)
        {
            return;
        }

        var port = FreePort();
        (_nats, _) = await ChildProcess.StartAsync(
            program,
            ["--addr", "127.0.0.1", "--port", port.ToString()],
            line => line.Contains("Server is ready", StringComparison.Ordinal),
            StartTime).ConfigureAwait(false);
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
            "--credentials", CredentialsFile,
            "--node", "demo",
            "--log-level", "warning",
        };
        if (NatsUrl is not null)
        {
            arguments.AddRange(["--nats", NatsUrl]);
        }

        var dotnet = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        (_server, var ready) = await ChildProcess.StartAsync(
            dotnet, arguments, line => line.StartsWith("ready ", StringComparison.Ordinal), StartTime).ConfigureAwait(false);
        DeviceEndPoint = EndPointIn(ready, "listen=");
        HttpEndPoint = EndPointIn(ready, "http=");
    }

    private static IPEndPoint EndPointIn(string ready, string name)
        => IPEndPoint.Parse(ready.Split(' ').Single(part => part.StartsWith(name, StringComparison.Ordinal))[name.Length..]);

    private static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
