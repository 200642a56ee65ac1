using Pusher.Router.Redis;
using Pusher.Router.Routes;
using Xunit;

namespace Pusher.Tests.Router.Routes;

public sealed class RendezvousTests
{
    [Fact]
    public void Owner_NoNode_IsNone() => Assert.Equal(-1, Rendezvous.Owner(5, []));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(32)]
    public void Share_SimilarNames_IsBalanced(int count)
    {
        var nodes = Names(count);
        var shares = nodes.Select(node => Rendezvous.Share(node, nodes, Partition.Count).Count).ToArray();

        Assert.Equal(Partition.Count, shares.Sum());
        var mean = Partition.Count / (double)count;
        var deviation = 4 * Math.Sqrt(mean); // each share is about Poisson
        Assert.All(shares, share => Assert.InRange(share, mean - deviation, mean + deviation));
    }

    [Fact]
    public void Owner_NodeGone_MovesOnlyItsPartitions()
    {
        var all = Names(7);
        var left = all.Where(node => node != "node-3").ToArray();
        for (var partition = 0; partition < Partition.Count; partition++)
        {
            var before = all[Rendezvous.Owner(partition, all)];
            var after = left[Rendezvous.Owner(partition, left)];
            Assert.True(before == after || before == "node-3", $"partition {partition} moved from {before} to {after}");
        }
    }

    [Fact]
    public void Owner_OtherOrderOfTheList_IsTheSame()
    {
        var nodes = Names(5);
        var reversed = nodes.Reverse().ToArray();
        for (var partition = 0; partition < Partition.Count; partition++)
        {
            Assert.Equal(nodes[Rendezvous.Owner(partition, nodes)], reversed[Rendezvous.Owner(partition, reversed)]);
        }
    }

    // The partition is part of the names of keys: another one would lose every message that is stored.
    [Theory]
    [InlineData("acme", "printer-1", 504)]
    [InlineData("acme", "kitchen-1", 657)]
    [InlineData("other", "printer-1", 266)]
    public void Partition_OfADevice_NeverChanges(string tenant, string device, int expected) => Assert.Equal(expected, Partition.Of(new(tenant, device)));

    [Fact]
    public void Partition_ManyDevices_FillsAll()
    {
        var counts = new int[Partition.Count];
        for (var i = 0; i < 100_000; i++)
        {
            counts[Partition.Of(new("acme", $"printer-{i:D6}"))]++;
        }

        Assert.InRange(counts.Min(), 50, 98);
        Assert.InRange(counts.Max(), 98, 150);
    }

    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(i => $"node-{i}")];
}
