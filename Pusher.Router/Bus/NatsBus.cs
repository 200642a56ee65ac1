using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Pusher.Nats;

namespace Pusher.Router.Bus;

/// <summary>
/// The bus over NATS. It may be constructed and subscribed to while NATS is down: it says so once, keeps trying with jitter, and
/// puts the subscriptions in place when NATS appears. While it is not connected a publish fails at once.
/// </summary>
/// <remarks>
/// Threading: any thread. Each subscription has one loop on the thread pool. The NATS client connects again by itself once it was
/// connected; only the first connection is this type's own loop. Its own log is off: it would write a stack trace per attempt.
/// </remarks>
public sealed class NatsBus : IClusterBus
{
    private readonly NatsBusOptions _options;
    private readonly ILogger _log;
    private readonly NatsConnection _connection;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<NatsSubscription> _subscriptions = [];
    private readonly HashSet<string> _toldErrors = [];
    private readonly Task _firstConnect;
    private long _dropped;
    private int _disposed;
    private bool _closed;

    /// <summary>Starts to connect; does not wait for it.</summary>
    /// <exception cref="BusConfigurationException">The options cannot work; the message says which and what to do.</exception>
    public NatsBus(NatsBusOptions options, ILogger<NatsBus> log)
        : this(options, log, NatsWithoutNKeys.HasNKeys)
    {
    }

    internal NatsBus(NatsBusOptions options, ILogger<NatsBus> log, bool hasNKeys)
    {
        _options = options;
        _log = log;
        var auth = NatsAuthentication.Create(options, hasNKeys);
        _connection = new NatsConnection(CreateOptions(options, auth));
        NatsWithoutNKeys.Seal(auth, hasNKeys);
        _connection.ConnectionOpened += OnOpenedAsync;
        _connection.ConnectionDisconnected += OnDisconnectedAsync;
        _connection.MessageDropped += OnDroppedAsync;
        _connection.ServerError += OnServerErrorAsync;
        _firstConnect = Task.Run(ConnectFirstAsync);
    }

    /// <summary>Raised when the bus is there, for the first time or again, with its subscriptions: what was sent to this node meanwhile is lost. On a thread of the client; quick.</summary>
    public event Action? Connected;

    /// <inheritdoc/>
    public bool IsConnected => !Volatile.Read(ref _closed) && _connection.ConnectionState == NatsConnectionState.Open;

    /// <inheritdoc/>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> SubscribeAsync(string subject, string? queueGroup, Action<BusMessage> handler, CancellationToken cancellationToken)
    {
        CheckPattern(subject);
        var channel = new NatsSubChannelOpts { Capacity = _options.SubscriptionCapacity, FullMode = BoundedChannelFullMode.DropWrite };
        return await AddAsync(new NatsQueuedSubscription(_connection, subject, queueGroup, channel, handler, Forget, _log), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> SubscribeInPlaceAsync(string subject, string? queueGroup, BusReceiver receiver, CancellationToken cancellationToken)
    {
        CheckPattern(subject);
        return await AddAsync(new NatsInPlaceSubscription(_connection, subject, queueGroup, receiver, Forget, _log), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, CancellationToken cancellationToken = default)
    {
        if (!SubjectPattern.IsSubject(subject))
        {
            throw new ArgumentException($"'{subject}' is no subject to publish to.", nameof(subject));
        }

        if (!IsConnected)
        {
            throw new BusUnavailableException($"NATS at {_options.Url} is not connected.");
        }

        try
        {
            var sending = _connection.PublishAsync(
                subject, payload, replyTo: replyTo, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken);
            return sending.IsCompletedSuccessfully ? sending : FinishAsync(sending, cancellationToken);
        }
        catch (Exception e) when (IsOfNats(e, cancellationToken))
        {
            throw NotTaken(e); // too large, or closed just now: said before anything is sent
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _firstConnect.ConfigureAwait(false);
        NatsSubscription[] subscriptions;
        lock (_gate)
        {
            subscriptions = [.. _subscriptions];
        }

        foreach (var subscription in subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }

        // Only now: handlers of the messages that were still handed over may have answered.
        Volatile.Write(ref _closed, true);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void CheckPattern(string subject)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (!SubjectPattern.IsPattern(subject))
        {
            throw new ArgumentException($"'{subject}' is no subject to subscribe to.", nameof(subject));
        }
    }

    private async ValueTask<NatsSubscription> AddAsync(NatsSubscription subscription, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _subscriptions.Add(subscription);
        }

        if (IsConnected)
        {
            await subscription.EstablishAsync(cancellationToken).ConfigureAwait(false);
        }

        return subscription;
    }

    private static NatsOpts CreateOptions(NatsBusOptions options, NatsAuthOpts auth) => NatsOpts.Default with
    {
        Url = options.Url,
        Name = options.ClientName,
        AuthOpts = auth,
        Echo = true,
        ConnectTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs),
        ReconnectWaitMin = TimeSpan.FromMilliseconds(options.ReconnectWaitMinMs),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(options.ReconnectWaitMaxMs),
        ReconnectJitter = TimeSpan.FromMilliseconds(options.ReconnectJitterMs),
        PingInterval = TimeSpan.FromMilliseconds(options.PingIntervalMs),
        CommandTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs),
        DrainPingTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs),
        SubPendingChannelCapacity = options.SubscriptionCapacity,
        SubPendingChannelFullMode = BoundedChannelFullMode.DropWrite,
        SuppressSlowConsumerWarnings = true,
        IgnoreAuthErrorAbort = true, // a wrong password may be put right at the server while we run
        RetryOnInitialConnect = false,
    };

    private async ValueTask FinishAsync(ValueTask sending, CancellationToken cancellationToken)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfNats(e, cancellationToken))
        {
            throw NotTaken(e);
        }
    }

    private static bool IsOfNats(Exception e, CancellationToken cancellationToken) => e is NatsException or ObjectDisposedException or IOException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private BusUnavailableException NotTaken(Exception e) => new($"NATS at {_options.Url} did not take a message: {e.Message}", e);

    private async Task ConnectFirstAsync()
    {
        var stop = _stopping.Token;
        var waitMs = _options.ReconnectWaitMinMs;
        for (var attempt = 1; !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                await _connection.ConnectAsync().AsTask().WaitAsync(stop).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                TellNotReachable(attempt, e); // whatever it is: a loop that ended here would leave the node without publishers for good
            }

            waitMs = await WaitAsync(waitMs, stop).ConfigureAwait(false);
        }
    }

    private void TellNotReachable(int attempt, Exception e)
    {
        if (attempt == 1 && IsAuthorization(e.GetBaseException().Message))
        {
            RouterLog.NatsRefusesUser(_log, _options.Url, e.GetBaseException().Message);
        }
        else if (attempt == 1)
        {
            RouterLog.NatsNotReachable(_log, _options.Url, e.GetBaseException().Message);
        }
        else
        {
            RouterLog.NatsStillNotReachable(_log, _options.Url, attempt, e.GetBaseException().Message);
        }
    }

    private static bool IsAuthorization(string text) => text.Contains("authorization violation", StringComparison.OrdinalIgnoreCase);

    private async Task<int> WaitAsync(int waitMs, CancellationToken stop)
    {
        await Task.Delay(waitMs + Random.Shared.Next(_options.ReconnectJitterMs + 1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Math.Min(waitMs * 2, _options.ReconnectWaitMaxMs);
    }

    private async ValueTask OnOpenedAsync(object? sender, NatsEventArgs args)
    {
        NatsSubscription[] subscriptions;
        lock (_gate)
        {
            _toldErrors.Clear();
            subscriptions = [.. _subscriptions];
        }

        RouterLog.NatsConnected(_log, _options.Url);
        foreach (var subscription in subscriptions)
        {
            await subscription.EstablishAsync(_stopping.Token).ConfigureAwait(false);
        }

        Connected?.Invoke();
    }

    private ValueTask OnDisconnectedAsync(object? sender, NatsEventArgs args)
    {
        if (!_stopping.IsCancellationRequested)
        {
            RouterLog.NatsDisconnected(_log, _options.Url);
        }

        return default;
    }

    private ValueTask OnDroppedAsync(object? sender, NatsMessageDroppedEventArgs args)
    {
        Interlocked.Increment(ref _dropped);
        return default;
    }

    // nats-server repeats a permission error for every message: each text is told once per connection.
    private ValueTask OnServerErrorAsync(object? sender, NatsServerErrorEventArgs args)
    {
        if (args.Error.Contains("\"_INBOX.", StringComparison.Ordinal) && args.Error.Contains("subscription", StringComparison.OrdinalIgnoreCase))
        {
            return default; // the client's own, for requests; a node sends none
        }

        bool isNew;
        lock (_gate)
        {
            isNew = _toldErrors.Count < 100 && _toldErrors.Add(args.Error);
        }

        if (isNew && args.Error.Contains("permissions violation", StringComparison.OrdinalIgnoreCase))
        {
            RouterLog.NatsPermissionDenied(_log, _options.Url, args.Error);
        }
        else if (isNew && !(IsAuthorization(args.Error) && !_firstConnect.IsCompleted)) // the failed connection says that, with the remedy
        {
            RouterLog.NatsServerError(_log, _options.Url, args.Error);
        }

        return default;
    }

    private void Forget(NatsSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }
}
