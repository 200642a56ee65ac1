using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Local;
using Pusher.Router.Redis;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>A real redis-server on a free port of the loopback, with a directory of its own, ended with the test that started it.</summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    /// <summary>What a store needs: nothing answered is lost.</summary>
    public static readonly string[] Durable = ["--appendonly", "yes", "--appendfsync", "always"];

    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-redis-").FullName;
    private readonly string[] _settings;
    private Process? _process;

    private RedisServerProcess(int port, string[] settings)
    {
        Port = port;
        _settings = settings;
    }

    /// <summary>The port; the same over restarts.</summary>
    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>The id of the running process; null between stop and start.</summary>
    public int? ProcessId => _process?.Id;

    private static string? Binary { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/bin", "/usr/sbin", "/usr/local/bin"])
        .Select(d => Path.Combine(d, "redis-server"))
        .FirstOrDefault(File.Exists);

    /// <summary>How a test reaches one in which no answer is to be late: a busy machine is no fault there.</summary>
    public static RedisOptions Patient(string address) => new() { Configuration = address, CommandTimeoutMs = 30_000, ConnectTimeoutMs = 30_000 };

    /// <summary>Starts one and waits until it answers; skips the test, visibly, when redis-server is not installed.</summary>
    /// <param name="settings">Options of redis-server; <see cref="Durable"/> when there are none.</param>
    public static async Task<RedisServerProcess> StartNewAsync(params string[] settings)
    {
        Assert.SkipWhen(Binary is null, "redis-server is not installed (Debian: apt-get install redis-server)");
        var server = new RedisServerProcess(LocalPorts.Next(), settings.Length == 0 ? Durable : settings);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        string[] fixedSettings =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _directory, "--save", "", "--logfile", Path.Combine(_directory, "redis.log"),
        ];
        _process = Process.Start(new ProcessStartInfo(Binary!, [.. fixedSettings, .. _settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Eventually.TrueAsync(AnswersAsync, "redis-server answers");
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

    /// <summary>Stops the process from running (SIGSTOP), and lets it go on (SIGCONT).</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Ends it, removes its data and starts it again: what an administrator's accident does.</summary>
    public async Task RestartEmptyAsync()
    {
        await KillAsync();
        foreach (var entry in new DirectoryInfo(_directory).EnumerateFileSystemInfos("appendonly*"))
        {
            if (entry is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }

        await StartAsync();
    }

    /// <summary>Sends one command, its words separated by blanks, on a connection of its own; returns the raw answer's first bytes.</summary>
    public Task<string> CommandAsync(string command) => CommandAsync(Port, command);

    /// <summary>The same to any server of the loopback.</summary>
    internal static async Task<string> CommandAsync(int port, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
        var buffer = new byte[64 << 10];
        var read = await stream.ReadAsync(buffer);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"redis-server ended with {_process.ExitCode}: {await File.ReadAllTextAsync(Path.Combine(_directory, "redis.log"))}");
        }

        try
        {
            var answer = await CommandAsync("PING");
            return answer.StartsWith("+PONG", StringComparison.Ordinal) || answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false; // not listening yet; asked again until the deadline
        }
    }
}
