using System.Globalization;

namespace Pusher.Local;

/// <summary>A redis-server that loses nothing it has answered: append only file, flushed with every write, nothing evicted.</summary>
/// <param name="directory">Holds its log and, in <c>redis</c>, its data.</param>
public sealed class LocalRedis(string directory) : LocalServer("redis-server", Path.Combine(directory, "redis.log"))
{
    public int Port { get; } = LocalPorts.Next();

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Where its data lies.</summary>
    public string DataDirectory { get; init; } = Path.Combine(directory, "redis");

    /// <summary>Value of <c>appendfsync</c>.</summary>
    public string Flush { get; init; } = "always";

    protected override ChildStart Describe()
    {
        Directory.CreateDirectory(DataDirectory);
        return new ChildStart(
            Name,
            LocalProgram.Need("redis-server"),
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", DataDirectory, "--save", "",
                "--appendonly", "yes", "--appendfsync", Flush, "--maxmemory-policy", "noeviction",
            ],
            line => line.Contains("Ready to accept connections", StringComparison.Ordinal));
    }
}
