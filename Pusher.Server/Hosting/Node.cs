using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Router.Dispatch;
using Pusher.Router.Faults;
using Pusher.Router.Stores;
using Pusher.Transport;

namespace Pusher.Server.Hosting;

/// <summary>
/// One running node: the parts, made in the order in which they need each other, started from the store outwards, and stopped
/// from the outside in.
/// </summary>
public sealed class Node : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly NodeParts _parts;
    private readonly ILogger _logger;
    private bool _drained;

    private Node(ServerOptions options, NodeParts parts, ILogger logger)
    {
        _options = options;
        _parts = parts;
        _logger = logger;
        Completion = Task.WhenAny(parts.Transport.Completion, parts.Fatal.Task).Unwrap();
    }

    /// <summary>Where devices connect.</summary>
    public IPEndPoint DeviceEndPoint => _parts.Transport.LocalEndPoint;

    /// <summary>The parts, for measurements and tests that go in behind the network.</summary>
    internal NodeParts Parts => _parts;

    /// <summary>Where HTTP is served.</summary>
    public IPEndPoint HttpEndPoint => new(_options.Http.Address, _parts.Http.Port);

    /// <summary>The way in for publishers inside the process.</summary>
    public Dispatcher Dispatcher => _parts.Dispatcher;

    /// <summary>Faults when a part that cannot be replaced has died.</summary>
    public Task Completion { get; }

    /// <summary>Starts a node. Failures name the thing and the remedy: <see cref="StartException"/>, <see cref="StoreUnavailableException"/>, <see cref="TransportBindException"/>.</summary>
    public static async Task<Node> StartAsync(ServerOptions options, ILoggerFactory logs)
    {
        var logger = logs.CreateLogger<Node>();
        RefuseBreakage(options, logger);
        var parts = new NodeParts();
        try
        {
            await new NodeBuilder(options, logs, parts).BuildAsync().ConfigureAwait(false);
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new Node(options, parts, logger);
    }

    /// <summary>Completes when an operator has asked this node to go down.</summary>
    public Task DrainAsked => _parts.DrainAsked.Task;

    /// <summary>
    /// Goes out of service without losing anything: readiness fails, publishes are refused, devices are told where else to go or when to come back,
    /// what they acknowledged is flushed. Ends at the latest after the drain time.
    /// </summary>
    public Task DrainAsync()
    {
        _drained = true;
        return new NodeDrain(_options, _parts, _logger).RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync().ConfigureAwait(false);
        HostLog.Stopped(_logger, _drained);
    }

    private static void RefuseBreakage(ServerOptions options, ILogger logger)
    {
        if (CrashPoint.IsArmed)
        {
            HostLog.WillCrash(logger);
        }

        if (BreakageSwitch.Active == Breakage.None)
        {
            return;
        }

        if (!options.InsecureDev)
        {
            throw new StartException($"{BreakageSwitch.Variable} breaks guarantees on purpose; unset it, or add --insecure-dev to a test that wants it");
        }

        HostLog.Broken(logger, BreakageSwitch.Active);
    }
}
