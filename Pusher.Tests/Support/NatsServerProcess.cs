using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>A real nats-server on a free port of the loopback, ended with the test that started it.</summary>
public sealed class NatsServerProcess : IAsyncDisposable
{
    private readonly string _configuration;
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-nats-").FullName;
    private Process? _process;

    private NatsServerProcess(int port, string configuration)
    {
        Port = port;
        _configuration = configuration;
    }

    /// <summary>The port; the same over restarts.</summary>
    public int Port { get; }

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>The id of the running process; null between stop and start.</summary>
    public int? ProcessId => _process?.Id;

    private static string? Binary { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"])
        .Select(d => Path.Combine(d, "nats-server"))
        .FirstOrDefault(File.Exists);

    /// <summary>Reserves a port without starting; skips the test, visibly, when nats-server is not installed.</summary>
    /// <param name="configuration">Lines for the configuration file, for users and permissions.</param>
    public static NatsServerProcess Prepare(string configuration = "")
    {
        Assert.SkipWhen(Binary is null, "nats-server is not installed (Debian: apt-get install nats-server)");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new NatsServerProcess(((IPEndPoint)probe.LocalEndpoint).Port, configuration);
    }

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<NatsServerProcess> StartNewAsync(string configuration = "")
    {
        var server = Prepare(configuration);
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        var file = Path.Combine(_directory, "nats.conf");
        await File.WriteAllTextAsync(file, $"listen: \"127.0.0.1:{Port}\"\n{_configuration}\n");
        _process = Process.Start(new ProcessStartInfo(Binary!, ["-c", file, "-l", Path.Combine(_directory, "nats.log")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Eventually.TrueAsync(CanConnectAsync, "nats-server answers");
    }

    /// <summary>Ends the process as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> CanConnectAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"nats-server ended with {_process.ExitCode}: {await File.ReadAllTextAsync(Path.Combine(_directory, "nats.log"))}");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false; // not listening yet; asked again until the deadline
        }
    }
}
