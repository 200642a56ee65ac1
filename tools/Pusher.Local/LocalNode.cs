using System.Net;

namespace Pusher.Local;

/// <summary>One pusher-server.</summary>
/// <param name="name">Its name in the cluster.</param>
/// <param name="options">What all nodes share.</param>
/// <param name="arguments">Its options, but for name and addresses.</param>
public sealed class LocalNode(string name, LocalClusterOptions options, IReadOnlyList<string> arguments) : LocalServer(name, Path.Combine(options.Directory, $"{name}.log"))
{
    /// <summary>Where devices connect; the same over restarts.</summary>
    public IPEndPoint Listen { get; } = new(IPAddress.Loopback, LocalPorts.Next());

    /// <summary>Where HTTP is served; the same over restarts.</summary>
    public IPEndPoint Http { get; } = new(IPAddress.Loopback, LocalPorts.Next());

    protected override ChildStart Describe()
        => new(
            Name,
            LocalProgram.Dotnet,
            [options.ServerAssembly, "--node", Name, "--listen", Listen.ToString(), "--http", Http.ToString(), .. arguments, .. options.NodeArguments],
            line => line.StartsWith("ready ", StringComparison.Ordinal))
        {
            Environment = options.NodeEnvironment,
        };
}
