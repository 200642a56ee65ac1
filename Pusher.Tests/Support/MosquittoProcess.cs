using System.Diagnostics;
using System.Net.Sockets;
using Pusher.Local;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>A real mosquitto on a free port of the loopback, ended with the test that started it.</summary>
public sealed class MosquittoProcess : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-mosquitto-").FullName;
    private Process? _process;

    /// <summary>The port.</summary>
    public int Port { get; } = LocalPorts.Next();

    public int ProcessId => _process!.Id;

    private static string? Binary { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"])
        .Select(d => Path.Combine(d, "mosquitto"))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts one and waits until it answers; skips the test, visibly, when mosquitto is not installed.</summary>
    /// <param name="configuration">Lines for the configuration file.</param>
    public static async Task<MosquittoProcess> StartNewAsync(string configuration = "allow_anonymous true")
    {
        Assert.SkipWhen(Binary is null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        var server = new MosquittoProcess();
        var file = Path.Combine(server._directory, "mosquitto.conf");
        await File.WriteAllTextAsync(file, $"listener {server.Port} 127.0.0.1\n{configuration}\n");
        server._process = Process.Start(new ProcessStartInfo(Binary!, ["-c", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Eventually.TrueAsync(server.CanConnectAsync, "mosquitto answers");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> CanConnectAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"mosquitto ended with {_process.ExitCode}: {await _process.StandardError.ReadToEndAsync()}");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false; // not listening yet; asked again until the deadline
        }
    }
}
