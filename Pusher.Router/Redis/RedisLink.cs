using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Stores;
using StackExchange.Redis;

namespace Pusher.Router.Redis;

/// <summary>
/// A node's way to Redis: one multiplexed connection per server, shared by messages, routes and leases. Commands fail at once while there is
/// no connection, and end as unknown after the time-out; nothing is queued for a server that is away, for its publisher has long got
/// an error and may have published elsewhere.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class RedisLink : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;
    private readonly RedisOptions _options;
    private readonly TimeSpan _timeout;

    private RedisLink(ConnectionMultiplexer connection, RedisOptions options, ILogger logger)
    {
        _connection = connection;
        _options = options;
        _timeout = TimeSpan.FromMilliseconds(options.CommandTimeoutMs);
        Database = connection.GetDatabase();
        IsCluster = connection.GetServers().Any(server => server.IsConnected && server.ServerType == ServerType.Cluster);
        Name = string.Join(',', connection.GetEndPoints(configuredOnly: true).Select(e => Format(e)));
        connection.ConnectionFailed += (_, e) => OnFailed(e, logger);
        connection.ConnectionRestored += (_, e) => OnRestored(e, logger);
    }

    /// <summary>Raised when the connection to a server is lost (false) or back (true). On a thread of the client; quick.</summary>
    public event Action<bool>? ConnectionChanged;

    /// <summary>Raised when a server takes no writes any more, and another has taken over. On a thread of the pool; quick.</summary>
    public event Action? Demoted;

    /// <summary>The servers as they were given, for logs.</summary>
    public string Name { get; }

    /// <summary>True when keys are spread over slots: then a script may touch one partition only.</summary>
    public bool IsCluster { get; }

    /// <summary>True while a server can be reached.</summary>
    public bool IsConnected => _connection.IsConnected;

    /// <summary>Commands answered for scripts since the start.</summary>
    public long ScriptCalls => Interlocked.Read(ref _scriptCalls);

    internal IDatabase Database { get; }

    /// <summary>The servers that take writes and are connected.</summary>
    internal IEnumerable<IServer> Masters => _connection.GetServers().Where(server => server.IsConnected && !server.IsReplica);

    private long _scriptCalls;

    /// <summary>Connects, and checks that what the servers answer for survives.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">Redis cannot be reached, refuses the password, or is not fit; the message says which and the remedy.</exception>
    public static async Task<RedisLink> ConnectAsync(RedisOptions options, ILogger<RedisLink>? logger = null)
    {
        options.Validate();
        var connection = await OpenAsync(options).ConfigureAwait(false);
        var link = new RedisLink(connection, options, (ILogger?)logger ?? NullLogger.Instance);
        try
        {
            await new RedisServerCheck(link, options, (ILogger?)logger ?? NullLogger.Instance).RunAsync().ConfigureAwait(false);
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>
    /// Runs a script by its hash; a server that does not know it (restarted, flushed, new in the cluster) is sent the text once.
    /// Ends after the time-out at the latest; the script may still be carried out then.
    /// </summary>
    internal async Task<RedisResult> EvaluateAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await InTime(Database.ScriptEvaluateAsync(script.Hash, keys, arguments, CommandFlags.DemandMaster)).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await InTime(Database.ScriptEvaluateAsync(script.Text, keys, arguments, CommandFlags.NoScriptCache | CommandFlags.DemandMaster)).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Increment(ref _scriptCalls);
        }
    }

    /// <summary>Awaits a command, no longer than the time-out.</summary>
    /// <exception cref="TimeoutException">No answer in time: what became of the command is unknown.</exception>
    internal Task<T> InTime<T>(Task<T> command) => command.WaitAsync(_timeout);

    /// <summary>A server has refused a write as a replica does.</summary>
    internal void ReportDemoted() => Demoted?.Invoke();

    /// <summary>What to throw to a caller that cannot do anything about the cause.</summary>
    internal StoreUnavailableException Unavailable(Exception cause)
        => new(cause is RedisServerException ? $"Redis {Name} refuses: {Summary(cause)}{Remedy(cause.Message)}" : $"Redis {Name} does not answer: {Summary(cause)}", cause);

    internal static string Summary(Exception cause) => cause is TimeoutException ? "no answer in time" : cause.Message.Split(';', '\n')[0];

    private static string Remedy(string refusal) => refusal.Split(' ')[0] switch
    {
        "NOPERM" => "; allow the user of redis-user all keys, EVALSHA, EVAL and what the scripts call, INFO, TIME and CONFIG GET",
        "OOM" => "; raise maxmemory, or have devices take their messages",
        "WRONGTYPE" or "ERR" => "; is it the Redis of these nodes, and of nobody else?",
        "MISCONF" => "; Redis cannot write its disk, see its log",
        _ => "",
    };

    // The client keeps a second connection for subscriptions, on which nothing of ours depends.
    private void OnFailed(ConnectionFailedEventArgs e, ILogger logger)
    {
        if (e.ConnectionType == ConnectionType.Interactive && e.FailureType != ConnectionFailureType.UnableToConnect) // not a loss: there was none
        {
            RedisLog.Lost(logger, Format(e.EndPoint), e.FailureType.ToString());
            ConnectionChanged?.Invoke(false);
        }
    }

    private void OnRestored(ConnectionFailedEventArgs e, ILogger logger)
    {
        if (e.ConnectionType == ConnectionType.Interactive)
        {
            RedisLog.Restored(logger, Format(e.EndPoint));
            ConnectionChanged?.Invoke(true);
        }
    }

    private static async Task<ConnectionMultiplexer> OpenAsync(RedisOptions options)
    {
        var configuration = ReadConfiguration(options);
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            throw Explain(options, e);
        }
    }

    private static ConfigurationOptions ReadConfiguration(RedisOptions options)
    {
        try
        {
            var configuration = ConfigurationOptions.Parse(options.Configuration, ignoreUnknown: false);
            configuration.User = options.User;
            configuration.Password = options.Password;
            configuration.ClientName = options.ClientName;
            configuration.AbortOnConnectFail = true; // at the start; later it comes back by itself
            configuration.AllowAdmin = true; // for CONFIG GET
            configuration.BacklogPolicy = BacklogPolicy.FailFast;
            configuration.ConnectTimeout = options.ConnectTimeoutMs;
            configuration.ConnectRetry = 1;
            configuration.AsyncTimeout = options.CommandTimeoutMs;
            configuration.SyncTimeout = options.CommandTimeoutMs;
            configuration.ReconnectRetryPolicy = new LinearRetry(250);
            configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
            configuration.IncludeDetailInExceptions = false;
            return configuration;
        }
        catch (ArgumentException e)
        {
            throw new StoreUnavailableException($"the Redis address '{options.Configuration}' cannot be used: {e.Message}", e);
        }
    }

    private static StoreUnavailableException Explain(RedisOptions options, Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
                || cause.Message.Contains("WRONGPASS", StringComparison.Ordinal) || cause.Message.Contains("NOAUTH", StringComparison.Ordinal))
            {
                return new StoreUnavailableException($"Redis {options.Configuration} refuses the user or password; check redis-user and redis-password-file", failure);
            }
        }

        var reason = failure.Message.Contains("Sentinel", StringComparison.Ordinal)
            ? Summary(failure) + "; serviceName makes the hosts sentinels: leave it out for a Redis without them, or name a service that they know"
            : RedisProbe.Explain(options.Configuration, options.ConnectTimeoutMs);
        return new StoreUnavailableException($"Redis {options.Configuration} cannot be reached: {reason}", failure);
    }

    private static string Format(System.Net.EndPoint? endPoint) => endPoint switch
    {
        null => "?",
        System.Net.DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? "?",
    };
}
