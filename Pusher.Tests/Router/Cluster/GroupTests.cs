using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Bus;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Cluster;

/// <summary>QoS 0 to all of a tenant, over three nodes that talk over a real nats-server: whom it goes to, and how they come to know.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private static readonly GroupKey Acme = GroupKey.AllOf("acme");

    private readonly SharedRoutes _routes = new();
    private readonly SharedGroups _groups = new();
    private readonly List<TestClusterNode> _nodes = [];
    private NatsServerProcess _nats = null!;
    private TestClusterNode _a = null!;
    private TestClusterNode _b = null!;
    private TestClusterNode _c = null!;

    public async ValueTask InitializeAsync()
    {
        _nats = await NatsServerProcess.StartNewAsync();
        foreach (var name in new[] { "a", "b", "c" })
        {
            var bus = new NatsBus(new NatsBusOptions { Url = _nats.Url, ReconnectJitterMs = 10, ReconnectWaitMaxMs = 100 }, NullLogger<NatsBus>.Instance);
            _groups.Leases[name] = new Lifetime();
            // Nothing ends by its time here: what goes, goes because somebody said so.
            _nodes.Add(await TestClusterNode.StartAsync(
                name, bus, _routes, _groups, o => o with { GroupCache = o.GroupCache with { KeepMs = int.MaxValue, KeepAbsentMs = int.MaxValue } }));
        }

        (_a, _b, _c) = (_nodes[0], _nodes[1], _nodes[2]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _nats.DisposeAsync();
    }

    [Fact]
    public async Task ToTenant_OnlyNodesWithMembersGetItAndTheirNumbersAreReached()
    {
        await JoinAsync(_b, 3);
        var first = Send();
        Assert.Equal(new UnstoredReach(1, 0) { IsOpen = true }, first); // 1 is what node a's own part says
        await Eventually.TrueAsync(() => _b.Unstored.ToTenants.Count == 1);
        await KnowGroupAsync();

        Assert.Equal(new UnstoredReach(1 + 3, 0), Send());

        await Eventually.TrueAsync(() => _b.Unstored.ToTenants.Count == 2);
        await FlushAsync();
        Assert.Equal((2, 2, 0), (_a.Unstored.ToTenants.Count, _b.Unstored.ToTenants.Count, _c.Unstored.ToTenants.Count));
        Assert.All(_b.Unstored.ToTenants, message => Assert.Equal("acme", message.Tenant));
    }

    [Fact]
    public async Task ToTenant_FirstMemberElsewhere_IsToldAndReached()
    {
        await KnowGroupAsync();
        Assert.Equal(new UnstoredReach(1, 0), Send()); // nobody elsewhere, and that is known

        await JoinAsync(_c, 1);

        await Eventually.TrueAsync(() => Send() is { IsOpen: false, Reached: 2 });
        await Eventually.TrueAsync(() => !_c.Unstored.ToTenants.IsEmpty);
        Assert.True(_a.Cluster.Groups.Invalidations > 0);
    }

    [Fact]
    public async Task ToTenant_LastMemberElsewhereLeaves_NothingIsSentThere()
    {
        await JoinAsync(_b, 1);
        await KnowGroupAsync();
        _b.CountMember("acme", -1);
        await Eventually.TrueAsync(() => _groups.MembersAt("b", Acme) == 0);
        await Eventually.TrueAsync(() => Send() is { IsOpen: false, Reached: 1 });
        await FlushAsync();
        var before = _b.Unstored.ToTenants.Count;

        Send();

        await FlushAsync();
        Assert.Equal(before, _b.Unstored.ToTenants.Count);
    }

    // What ToTenant_FirstMemberElsewhere relies on: without the news the node is not reached, until the bus comes back or the entry's time is over.
    [Fact]
    public async Task ToTenant_NewsOfAMemberLost_IsNotReachedUntilTheBusIsBack()
    {
        await KnowGroupAsync();
        _groups.Write("c", Acme, 1);
        Assert.Equal(new UnstoredReach(1, 0), Send());
        await FlushAsync();
        Assert.Empty(_c.Unstored.ToTenants);

        _a.Cluster.OnBusBack();

        Send();
        await Eventually.TrueAsync(() => _c.Unstored.ToTenants.Count == 1);
    }

    [Fact]
    public async Task ToTenant_NodeDied_IsSentNothing()
    {
        await JoinAsync(_b, 1);
        await KnowGroupAsync();
        Assert.Equal(2, Send().Reached);

        _groups.Leases["b"].End();

        Assert.Equal(new UnstoredReach(1, 0), Send());
    }

    [Fact]
    public async Task ToTenant_GroupsAreAway_EveryNodeGetsIt()
    {
        _groups.IsUnavailable = true;
        Assert.True(Send().IsOpen);
        await Eventually.TrueAsync(() => _b.Unstored.ToTenants.Count == 1 && _c.Unstored.ToTenants.Count == 1);
        Assert.Single(_a.Unstored.ToTenants);
    }

    [Fact]
    public async Task DataLost_GroupsAreWrittenAgain()
    {
        await JoinAsync(_b, 2);
        _groups.Lose();
        Assert.Equal(0, _groups.MembersAt("b", Acme));

        _b.Cluster.OnDataLost();

        await Eventually.TrueAsync(() => _groups.MembersAt("b", Acme) == 2);
    }

    [Fact]
    public async Task Members_TableAwayMeanwhile_AreWrittenWhenItIsBack()
    {
        _groups.IsUnavailable = true;
        _b.CountMember("acme", 1);
        await Eventually.TrueAsync(() => _b.Log.Count("groups are cannot be written") > 0);
        Assert.Equal(0, _groups.MembersAt("b", Acme));

        _groups.IsUnavailable = false;

        await Eventually.TrueAsync(() => _groups.MembersAt("b", Acme) == 1);
    }

    private UnstoredReach Send()
    {
        var frame = PushFrame.Rent(new SharedFramePool(), new PushHead { MessageId = 1 }, "now"u8);
        var reach = _a.Cluster.Unstored.ToTenant("acme", in frame);
        frame.Release();
        return reach;
    }

    private async Task JoinAsync(TestClusterNode node, int members)
    {
        var told = _a.Cluster.Groups.Invalidations;
        node.CountMember("acme", members);
        await Eventually.TrueAsync(() => _groups.MembersAt(node.Name, Acme) == members);
        await Eventually.TrueAsync(() => _a.Cluster.Groups.Invalidations > told);
    }

    private async Task KnowGroupAsync()
    {
        await Eventually.TrueAsync(async () =>
        {
            await _a.Cluster.Groups.GetAsync(Acme, CancellationToken.None);
            return _a.Cluster.Groups.TryPeek(Acme, out _);
        });
    }

    // A login at each node in turn: when the kick is answered, what was sent to that node before has been handled.
    private async Task FlushAsync()
    {
        var device = new DeviceKey("other", "ping");
        foreach (var node in new[] { _a, _b, _a, _c, _a })
        {
            await node.LoginAsync(device);
        }
    }
}
