using Pusher.Core.Identity;
using Pusher.Core.Protocol;
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

    private NodesOnNats _nodes = null!;
    private TestClusterNode _a = null!;
    private TestClusterNode _b = null!;
    private TestClusterNode _c = null!;

    private SharedGroups Groups => _nodes.Groups;

    public async ValueTask InitializeAsync()
    {
        _nodes = await NodesOnNats.StartNewAsync();
        (_a, _b, _c) = (await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c"));
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

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
        await Eventually.TrueAsync(() => Groups.MembersAt("b", Acme) == 0);
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
        Groups.Write("c", Acme, 1);
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

        Groups.Leases["b"].End();

        Assert.Equal(new UnstoredReach(1, 0), Send());
    }

    [Fact]
    public async Task ToTenant_GroupsAreAway_EveryNodeGetsIt()
    {
        Groups.IsUnavailable = true;
        Assert.True(Send().IsOpen);
        await Eventually.TrueAsync(() => _b.Unstored.ToTenants.Count == 1 && _c.Unstored.ToTenants.Count == 1);
        Assert.Single(_a.Unstored.ToTenants);
    }

    [Fact]
    public async Task DataLost_GroupsAreWrittenAgain()
    {
        await JoinAsync(_b, 2);
        Groups.Lose();
        Assert.Equal(0, Groups.MembersAt("b", Acme));

        _b.Cluster.OnDataLost();

        await Eventually.TrueAsync(() => Groups.MembersAt("b", Acme) == 2);
    }

    [Fact]
    public async Task Members_TableAwayMeanwhile_AreWrittenWhenItIsBack()
    {
        Groups.IsUnavailable = true;
        _b.CountMember("acme", 1);
        await Eventually.TrueAsync(() => _b.Log.Count("groups are cannot be written") > 0);
        Assert.Equal(0, Groups.MembersAt("b", Acme));

        Groups.IsUnavailable = false;

        await Eventually.TrueAsync(() => Groups.MembersAt("b", Acme) == 1);
    }

    // Nothing ends by its time here: what goes, goes because somebody said so.
    private Task<TestClusterNode> StartNodeAsync(string name)
    {
        Groups.Leases[name] = new Lifetime();
        return _nodes.StartNodeAsync(name, o => o with { GroupCache = o.GroupCache with { KeepMs = int.MaxValue, KeepAbsentMs = int.MaxValue } });
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
        await Eventually.TrueAsync(() => Groups.MembersAt(node.Name, Acme) == members);
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
