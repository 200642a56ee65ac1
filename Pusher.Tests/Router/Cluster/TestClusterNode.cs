using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;
using Pusher.Transport;

namespace Pusher.Tests.Router.Cluster;

/// <summary>
/// One node of a cluster below its sockets: the real directory, bus and cluster parts, and in place of a reactor a loop that reads the mailbox, writes down the
/// rings, and ends sessions that are replaced.
/// </summary>
internal sealed class TestClusterNode : IAsyncDisposable
{
    private readonly IClusterBus _bus;
    private readonly IRouteTable _routes;
    private readonly ReactorMailbox _mailbox = new();
    private readonly SessionEviction _eviction;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, (DeviceKey Device, ulong Epoch)> _sessions = new();
    private readonly Task _loop;
    private int _connections;

    private TestClusterNode(string name, IClusterBus bus, SharedRoutes routes, SharedGroups groups, ClusterOptions options)
    {
        Name = name;
        _bus = bus;
        _routes = routes.Of(name);
        _eviction = new SessionEviction(Directory, Store, NullLogger.Instance);
        Cluster = new ClusterNode(
            bus,
            new SharedTables(_routes, groups.Of(name), groups.LifetimeOf),
            new LocalNode(Directory, Directory, Unstored, _eviction, Directory.Tenants),
            options,
            TimeProvider.System,
            Log);
        _loop = Task.Run(ReadMailAsync);
    }

    public string Name { get; }

    public ClusterNode Cluster { get; }

    public SessionDirectory Directory { get; } = new();

    /// <summary>QoS 0 that came to sessions of this node.</summary>
    public RecordingUnstored Unstored { get; } = new() { Reach = new UnstoredReach(1, 0) };

    public ModelMessageStore Store { get; } = new(TimeProvider.System);

    public CollectingLogger<ClusterNode> Log { get; } = new();

    public IClusterBus Bus => _bus;

    /// <summary>Messages that came to a session with their ring.</summary>
    public ConcurrentQueue<(PushHead Head, string Body)> Letters { get; } = new();

    /// <summary>Rings without a message.</summary>
    public ConcurrentQueue<StreamPosition> Rings { get; } = new();

    /// <summary>Epochs of sessions that were replaced.</summary>
    public ConcurrentQueue<DeviceKey> Replaced { get; } = new();

    /// <summary>Sessions that are told of their end do not answer.</summary>
    public bool IsStuck { get; set; }

    public static async Task<TestClusterNode> StartAsync(string name, IClusterBus bus, SharedRoutes routes, SharedGroups groups, Func<ClusterOptions, ClusterOptions>? change = null)
    {
        // Nodes that live answer a kick, however slow the machine is; a test of one that does not sets a time of its own.
        var options = new ClusterOptions { Site = "test", Node = name, TakeOverMs = 20_000 };
        var node = new TestClusterNode(name, bus, routes, groups, change?.Invoke(options) ?? options);
        await Eventually.TrueAsync(() => bus.IsConnected);
        await node.Cluster.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>A session of the tenant went live here (1) or ended (-1), as far as its groups see it.</summary>
    public void CountMember(string tenant, int change) => Directory.Tenants.GetOrAdd(tenant).Count(reactor: 0, change);

    /// <summary>A login, as far as the cluster sees it; its epoch, or 0 when it was fenced.</summary>
    public async Task<ulong> LoginAsync(DeviceKey device, LoginOrder order = default)
    {
        var claim = (await _routes.ClaimAsync(device, order, CancellationToken.None))!.Value;
        return await EnterAsync(device, claim);
    }

    public async Task<RouteClaim> ClaimAsync(DeviceKey device) => (await _routes.ClaimAsync(device, default, CancellationToken.None))!.Value;

    /// <summary>The second half of a login.</summary>
    public async Task<ulong> EnterAsync(DeviceKey device, RouteClaim claim)
    {
        var slot = Interlocked.Increment(ref _connections);
        var epoch = claim.Route.Epoch;
        _sessions[slot] = (device, epoch);
        if (Directory.Join(device, new SessionHandle(_mailbox, new ConnectionId(slot, 1), epoch, claim.Route.Order), out var here) != JoinOutcome.Joined
            || Cluster.Takeover.IsFenced(device, epoch))
        {
            Directory.Leave(device, epoch);
            return 0;
        }

        if (here is { } older)
        {
            await _eviction.EndAsync(device, older);
        }

        await Cluster.Takeover.ClaimedAsync(device, claim);
        return epoch;
    }

    /// <summary>The second half of a login whose news and kick are lost.</summary>
    public void EnterSilently(DeviceKey device, RouteClaim claim)
        => Directory.Join(device, new SessionHandle(_mailbox, new ConnectionId(Interlocked.Increment(ref _connections), 1), claim.Route.Epoch, default), out _);

    public async Task LogoutAsync(DeviceKey device, ulong epoch)
    {
        Directory.Leave(device, epoch);
        await _routes.ReleaseAsync(device, epoch, CancellationToken.None);
    }

    /// <summary>Leaves the directory without giving up the route: as a node that died and came back would stand.</summary>
    public void Forget(DeviceKey device, ulong epoch) => Directory.Leave(device, epoch);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        await Cluster.DisposeAsync();
        await _bus.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task ReadMailAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            if (!_mailbox.TryTake(out var mail))
            {
                await Task.Delay(1, CancellationToken.None);
                continue;
            }

            switch (mail.Kind)
            {
                case ReactorMailKind.Stored:
                    Keep(mail.Frame);
                    break;
                case ReactorMailKind.Ring:
                    Rings.Enqueue(new StreamPosition(mail.Stream, mail.Number));
                    break;
                case ReactorMailKind.Replaced when !IsStuck:
                    var (device, epoch) = _sessions[mail.Connection.Slot];
                    await LogoutAsync(device, epoch);
                    Replaced.Enqueue(device);
                    ((TaskCompletionSource?)mail.Body)?.TrySetResult();
                    break;
            }
        }
    }

    private void Keep(FrameLease frame)
    {
        var bytes = new ReadOnlySequence<byte>(frame.Bytes(FrameFlags.None)[FrameHeader.Size..].ToArray());
        frame.Release();
        if (!PushHead.TryRead(in bytes, out var head, out var body))
        {
            throw new InvalidOperationException("no PUSH");
        }

        Letters.Enqueue((head, Encoding.UTF8.GetString(body)));
    }
}
