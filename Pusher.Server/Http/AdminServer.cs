using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pusher.Router.Dispatch;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;
using Pusher.Server.Metrics;

namespace Pusher.Server.Http;

/// <summary>The HTTP listener of a node: <c>/v1</c> behind the token, <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> open.</summary>
/// <remarks>Threading: <see cref="StartAsync"/> and <see cref="DisposeAsync"/> from the host's thread; requests on the thread pool.</remarks>
public sealed class AdminServer : IAsyncDisposable
{
    private const int HeadersBytesMax = 16 * 1024;
    private const int ConnectionsMax = 2_000;

    private readonly WebApplication _app;
    private readonly AdminServerOptions _options;
    private readonly ILogger _log;

    /// <exception cref="ArgumentException">An option is out of range or unsafe; the message names it.</exception>
    public AdminServer(
        AdminServerOptions options, Dispatcher dispatcher, IMessageStore store, IReadiness readiness, INodeControl nodes, CredentialAdmin? credentials, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _log = loggers.CreateLogger<AdminServer>();
        var address = options.Validate();
        // Empty: ASPNETCORE_URLS and the like must not move the listener, and the other builders watch the working directory with all below it for an
        // appsettings.json. With the store's files below it each write of the store was an event to them, a sixteenth of the server's time.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = [], ApplicationName = "Pusher.Server", EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<ILoggerFactory>(new WarningsOnlyLoggerFactory(loggers));
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenTelemetry().WithMetrics(PrometheusMetrics.Configure);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // RequestBody has the limit, and our own answer
            kestrel.Limits.MaxRequestHeadersTotalSize = HeadersBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Listen(new IPEndPoint(address, options.Port));
        });
        _app = builder.Build();
        Map(dispatcher, store, readiness, nodes, credentials, time);
    }

    /// <summary>The port it listens on, once started.</summary>
    public int Port { get; private set; }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken or not allowed; the message names the option.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new IOException($"HTTP cannot listen on {_options.Address}:{_options.Port}: {e.GetBaseException().Message}. Choose another port with --http, or end what listens there (find it with: ss -ltnp).", e);
        }

        var listening = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(listening).Port;
        ServerLog.HttpListens(_log, listening);
        if (_options.Token is null)
        {
            ServerLog.HttpWithoutToken(_log);
        }
    }

    /// <summary>Takes no new requests and waits for those under way, until <paramref name="cancellationToken"/> says that it is enough.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Map(Dispatcher dispatcher, IMessageStore store, IReadiness readiness, INodeControl nodes, CredentialAdmin? credentials, TimeProvider time)
    {
        var token = new BearerToken(_options.Token);
        var publish = new PublishEndpoint(dispatcher, token, _options, time);
        var messages = new MessageEndpoints(store, token);
        var health = new HealthEndpoints(readiness);
        _app.MapPost(PublishEndpoint.Route, publish.ToDeviceAsync);
        _app.MapPost(PublishEndpoint.RouteToAll, publish.ToAllAsync);
        _app.MapPost(PublishEndpoint.RouteToStore, publish.ToStoreAsync);
        _app.MapPost(PublishEndpoint.RouteToTag, publish.ToTagAsync);
        _app.MapGet(MessageEndpoints.RouteById, messages.ByIdAsync);
        _app.MapGet(MessageEndpoints.RouteByPublisherId, messages.ByPublisherIdAsync);
        var adminToken = _options.AdminToken is { } admin ? new BearerToken(admin) : null;
        var nodeEndpoints = new NodeEndpoints(nodes, token, adminToken);
        _app.MapGet(NodeEndpoints.Route, nodeEndpoints.ListAsync);
        _app.MapPost(NodeEndpoints.RouteOfDrain, nodeEndpoints.DrainAsync);
        var credentialEndpoints = new CredentialEndpoints(credentials, adminToken);
        _app.MapGet(CredentialEndpoints.Route, credentialEndpoints.ListAsync);
        _app.MapPost(CredentialEndpoints.Route, credentialEndpoints.WriteAsync);
        _app.MapDelete(CredentialEndpoints.RouteOfDevice, credentialEndpoints.RemoveAsync);
        _app.MapGet("/healthz", (RequestDelegate)HealthEndpoints.AliveAsync);
        _app.MapGet("/readyz", health.ReadyAsync);
        _app.MapPrometheusScrapingEndpoint("/metrics");
        _app.MapFallback((RequestDelegate)(context => JsonResponse.WriteErrorAsync(
            context, StatusCodes.Status404NotFound, "There is nothing here. See /v1/tenants/{tenant}/devices/{device}/messages, /v1/tenants/{tenant}/all/messages, /v1/nodes, /v1/credentials, /metrics, /healthz, /readyz.")));
    }
}
