using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;

namespace Pusher.Client.Devices;

/// <summary>
/// A device: connects, logs in, hands each message to the handler once, acknowledges it after the handler returned, reports its
/// result, and connects again whenever the connection is lost. It stays away when it was replaced by a newer login or revoked; then
/// <see cref="Completion"/> ends. Not authorized, it comes back seldom (see <see cref="ClientSessionOptions.UnauthorizedRetryMs"/>).
/// </summary>
/// <remarks>Threading: any thread. <see cref="StateChanged"/> comes from one thread at a time and must not block.</remarks>
public sealed class DeviceClient : IAsyncDisposable
{
    private readonly DeviceClientOptions _options;
    private readonly DeviceHost _host;
    private readonly HandlerLoop _handlerLoop;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _handlerStop = new();
    private readonly Lock _gate = new();
    private Task _handling = Task.CompletedTask;
    private Task? _stopping;

    /// <param name="options">Who it is and where it connects to.</param>
    /// <param name="handler">Gets the messages.</param>
    /// <param name="logger">Null = no log.</param>
    /// <param name="time">Null = the system's clock.</param>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    /// <exception cref="RingFileException">The ring file cannot be used.</exception>
    public DeviceClient(DeviceClientOptions options, MessageHandler handler, ILogger? logger = null, TimeProvider? time = null)
    {
        options.Validate();
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        _time = time ?? TimeProvider.System;
        IDedupeRing ring = options.RingFile is null ? new DedupeRing() : new FileDedupeRing(options.RingFile, options.Identity, options.RingFlush);
        _host = new DeviceHost(options, ring, SystemEntropy.Instance, _logger, _time);
        _handlerLoop = new HandlerLoop(_host, options, handler, _logger, _time);
    }

    /// <summary>Every step of the session, in order.</summary>
    public event Action<ClientStateChange>? StateChanged;

    /// <summary>Where the session stands.</summary>
    public ClientSessionState State => _host.State;

    /// <summary>What the server said at the last login; null before the first.</summary>
    public LoginInfo? Login => _host.Login;

    /// <summary>Ends with the last state when the client will not come back by itself, or was stopped. Started by <see cref="Start"/>.</summary>
    public Task<ClientStateChange> Completion { get; private set; } = Task.FromResult(new ClientStateChange(ClientSessionState.Idle));

    /// <summary>Connects, and stays connected. After a halt it may be called again; while running, and after a stop, it has no effect.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_stopping != null || !Completion.IsCompleted)
            {
                return;
            }

            if (State == ClientSessionState.Idle)
            {
                _handling = Task.Run(() => _handlerLoop.RunAsync(_handlerStop.Token));
            }

            Completion = Task.Run(() => _host.RunAsync(change => StateChanged?.Invoke(change)));
        }
    }

    /// <summary>Tells the backends that something happened.</summary>
    /// <param name="name">What happened, by <see cref="Identifier"/>.</param>
    /// <param name="body">Opaque, at most what the server takes as a payload (64 KiB unless configured).</param>
    /// <param name="cancellationToken">Ends the waiting; the event may have been published.</param>
    public async ValueTask<SendEventResult> SendEventAsync(string name, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        if (!Identifier.IsValid(name))
        {
            throw new ArgumentException("An event's name has 1 to 64 characters of [A-Za-z0-9_-].", nameof(name));
        }

        var answer = _host.TrySendEvent(name, body.Span);
        return answer is null ? SendEventResult.NotOnline : await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stops: hands over no further message, waits for the handler (<see cref="DeviceClientOptions.StopTimeoutMs"/>, then its token
    /// is cancelled), acknowledges what is finished, closes. What was not handled is sent again to the next login.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _stopping ??= StopCoreAsync();
        }
    }

    /// <summary><see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopCoreAsync()
    {
        var timeout = TimeSpan.FromMilliseconds(_options.StopTimeoutMs);
        _host.Drain();
        if (!await EndsWithinAsync(_handling, timeout).ConfigureAwait(false))
        {
            await _handlerStop.CancelAsync().ConfigureAwait(false);
            if (!await EndsWithinAsync(_handling, timeout).ConfigureAwait(false))
            {
                ClientLog.HandlerAbandoned(_logger, _options.Identity.ToString());
            }
        }

        _host.Stop();
        await Completion.ConfigureAwait(false);
        _host.Dispose();
        _handlerStop.Dispose();
    }

    private async ValueTask<bool> EndsWithinAsync(Task task, TimeSpan timeout)
    {
        using var delay = new CancellationTokenSource();
        var first = await Task.WhenAny(task, Task.Delay(timeout, _time, delay.Token)).ConfigureAwait(false);
        await delay.CancelAsync().ConfigureAwait(false);
        return first == task;
    }
}
