using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Cache;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using StackExchange.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>
/// This node's lease and its view of the other nodes. One command each two seconds keeps the lease and reads the others, however many devices
/// there are.
/// </summary>
/// <remarks>
/// Threading: one loop; everything else from any thread. Leases end by Redis's clock; how much is left of each is taken over into this
/// machine's steady clock when it is read, so nobody's clock need be right.
/// </remarks>
public sealed class NodeMembership : IAsyncDisposable
{
    private const int PauseMsMin = 10;

    // The last is never there: while a Redis Cluster moves the slot, and a node's own hash may lie elsewhere, Redis refuses the script (TRYAGAIN).
    private static readonly RedisKey[] Keys = ["pusher:{nodes}", "pusher:{nodes}:incarnation", "pusher:{nodes}-"];

    private readonly RedisLink _link;
    private readonly NodeMembershipOptions _options;
    private readonly ILogger _logger;
    private readonly long _sinceUnixMs;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ClockWatch _clocks;
    private readonly Task _loop;
    private readonly Lock _viewGate = new(); // views follow each other
    private volatile MembershipView _view;
    private volatile bool _isDraining;
    private bool _isFailing;

    private NodeMembership(RedisLink link, NodeMembershipOptions options, long sinceUnixMs, ILogger logger, LeaseAnswer answer, long askedAtMs)
    {
        _link = link;
        _options = options;
        _logger = logger;
        _sinceUnixMs = sinceUnixMs;
        _clocks = new ClockWatch(link.Name, options.Time, logger);
        Incarnation = answer.Incarnation;
        Number = answer.Number;
        _view = new MembershipView(answer.Nodes(askedAtMs), answer.LastIncarnation, before: null);
        RedisLog.LeaseTaken(logger, options.Node, Incarnation, Number);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Raised when the lease had run out and holds again: devices may have gone to other nodes meanwhile. On the loop's thread; quick.</summary>
    public event Action? LeaseRunOut;

    /// <summary>Raised when somebody has asked this node to go down; again at each renewal until it does. On the loop's thread; quick.</summary>
    public event Action? DrainAsked;

    /// <summary>Raised when another process has the node's name or number: this one must end, for the reason given. On the loop's thread; quick.</summary>
    public event Action<string>? Displaced;

    /// <summary>This node's name.</summary>
    public string Node => _options.Node;

    /// <summary>This process's incarnation.</summary>
    public ulong Incarnation { get; }

    /// <summary>This node's part of message ids.</summary>
    public int Number { get; }

    /// <summary>Redis's clock less this machine's, milliseconds, at the last renewal.</summary>
    public long ClockSkewMs => _clocks.SkewMs;

    /// <summary>True while this node's lease lives.</summary>
    public bool IsHeld => _view.Find(Incarnation) is not null;

    /// <summary>True when somebody wants this node to go down.</summary>
    public bool IsAskedToDrain => _view.Find(Incarnation)?.IsAskedToDrain == true;

    /// <summary>The live nodes, this one included, by name; at most one renewal old.</summary>
    public IReadOnlyList<NodeLease> Nodes => _view.Live();

    /// <summary>Takes the lease. A lease left behind by a crash is waited for; one that is being renewed belongs to another process.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">The name or number belongs to another live node, or Redis does not answer; the message says which.</exception>
    public static async Task<NodeMembership> JoinAsync(RedisLink link, NodeMembershipOptions options, ILogger<NodeMembership>? logger = null)
    {
        options.Validate();
        var since = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        try
        {
            for (var leftBeforeMs = int.MaxValue; ;)
            {
                var askedAtMs = Environment.TickCount64;
                var answer = await AskAsync(link, options, "take", "", options.Number ?? -1, false, since).ConfigureAwait(false);
                switch (answer.Outcome)
                {
                    case "ok":
                        return new NodeMembership(link, options, since, (ILogger?)logger ?? NullLogger.Instance, answer, askedAtMs);
                    case "number":
                        throw new StoreUnavailableException($"node number {options.Number} belongs to node '{answer.Holder}', which is alive; give another --node-number, or none");
                    case "held" when answer.LeftMs > leftBeforeMs:
                        throw new StoreUnavailableException($"another process runs as node '{options.Node}' and renews its lease; give each node a --node of its own");
                }

                leftBeforeMs = answer.LeftMs;
                await Task.Delay(Math.Clamp(answer.LeftMs, 1, options.RenewMs)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            throw link.Unavailable(e);
        }
    }

    /// <summary>The live node with an incarnation; null when it is dead or not known yet.</summary>
    public NodeLease? Find(ulong incarnation) => _view.Find(incarnation);

    /// <summary>The same, asking Redis once when it is not known: the node may have started since the last renewal.</summary>
    public async ValueTask<NodeLease?> FindAsync(ulong incarnation)
    {
        if (_view.Find(incarnation) is { } known)
        {
            return known;
        }

        // Incarnations grow: one that was given before the view was read, and is not in it, is dead; asking would cost a command per look-up.
        if (!_view.MayBeNew(incarnation))
        {
            return null;
        }

        await RenewAsync().ConfigureAwait(false);
        return _view.Find(incarnation);
    }

    /// <summary>What ends with the lease of a node, by its name; null for one that is not known to be alive.</summary>
    public Lifetime? LifetimeOf(string node) => _view.Find(node)?.Lifetime;

    /// <summary>Tells the others that this node takes no new devices.</summary>
    public async Task DrainAsync()
    {
        _isDraining = true;
        await RenewAsync().ConfigureAwait(false);
    }

    /// <summary>Asks a node, this one or another, to drain and end; it hears of it when it renews its lease. False when there is no such live node.</summary>
    /// <exception cref="StoreUnavailableException">Redis does not answer.</exception>
    public async Task<bool> AskToDrainAsync(string node)
    {
        try
        {
            var answer = await AskAsync(_link, _options with { Node = node }, "drain", "", -1, false, 0).ConfigureAwait(false);
            return answer.Outcome == "asked";
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            throw _link.Unavailable(e);
        }
    }

    /// <summary>Gives the lease up: the node's routes are void at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        try
        {
            await AskAsync(_link, _options, "end", Text(Incarnation), Number, true, _sinceUnixMs).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            RedisLog.RenewFailed(_logger, Node, RedisLink.Summary(e)); // it runs out by itself
        }
    }

    private async Task RunAsync()
    {
        var pauseMs = _options.RenewMs;
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(pauseMs, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await RenewAsync().ConfigureAwait(false);
                _isFailing = false;
                // A lease that nobody renews is seen to end when it does: what depends on its node must not wait for the next turn.
                pauseMs = (int)Math.Clamp(_view.FirstEndsAtMs - Environment.TickCount64, PauseMsMin, _options.RenewMs);
            }
            catch (Exception e)
            {
                pauseMs = _options.RenewMs;
                if (!_isFailing)
                {
                    _isFailing = true;
                    RedisLog.RenewFailed(_logger, Node, RedisLink.Summary(e));
                }
            }
        }
    }

    private void See(LeaseAnswer answer, long askedAtMs)
    {
        lock (_viewGate)
        {
            var before = _view;
            _view = new MembershipView(answer.Nodes(askedAtMs), answer.LastIncarnation, before);
            before.EndMissing(_view);
        }
    }

    private async Task RenewAsync()
    {
        var askedAtMs = Environment.TickCount64;
        var askedAtUnixMs = _clocks.NowUnixMs;
        var answer = await AskAsync(_link, _options, "renew", Text(Incarnation), Number, _isDraining, _sinceUnixMs).ConfigureAwait(false);
        if (!answer.IsOk)
        {
            _view = new MembershipView([], ulong.MaxValue, before: null);
            var reason = answer.Outcome == "number" ? $"node '{answer.Holder}' has its number, {Number}" : $"another process runs as node '{Node}'";
            RedisLog.Displaced(_logger, Node, reason);
            Displaced?.Invoke(reason);
            return;
        }

        _clocks.Compare(askedAtUnixMs, answer.RedisUnixMs);
        var wasHeld = IsHeld; // the answer alone does not tell: an earlier renewal may have been carried out too late, and its answer lost
        See(answer, askedAtMs);
        if (answer.HadRunOut || !wasHeld)
        {
            RedisLog.LeaseLost(_logger, Node, _link.Name);
            LeaseRunOut?.Invoke();
        }

        if (IsAskedToDrain)
        {
            DrainAsked?.Invoke();
        }
    }

    private static async Task<LeaseAnswer> AskAsync(RedisLink link, NodeMembershipOptions options, string what, string incarnation, int number, bool isDraining, long sinceUnixMs)
    {
        RedisValue[] arguments = [what, options.Node, incarnation, options.LeaseMs, number, options.Address(), options.Connections(), isDraining ? 1 : 0, sinceUnixMs, options.MessagesPerSecond()];
        return new LeaseAnswer(await link.EvaluateAsync(RedisScript.Lease, Keys, arguments).ConfigureAwait(false));
    }

    private static string Text(ulong incarnation) => incarnation.ToString(CultureInfo.InvariantCulture);
}
