using CsCheck;
using Pusher.Transport;
using Pusher.Transport.Connections;
using Xunit;

namespace Pusher.Tests.Transport.Connections;

public sealed class SlotTableTests
{
    [Fact]
    public void AddAndRemove_InAnyOrder_FindsTheLiveAndOnlyThem() =>
        Gen.Int[-1, 3000].Array[1, 3000].Sample(
            steps =>
            {
                SlotTable<string> table = new();
                List<(ConnectionId Id, string Item)> live = [];
                List<ConnectionId> dead = [];
                foreach (int step in steps)
                {
                    if (step < 1500 || live.Count == 0)
                    {
                        string item = $"{live.Count}-{dead.Count}";
                        live.Add((table.Add(item), item));
                    }
                    else
                    {
                        int victim = step % live.Count;
                        Assert.True(table.Remove(live[victim].Id));
                        Assert.False(table.Remove(live[victim].Id));
                        dead.Add(live[victim].Id);
                        live.RemoveAt(victim);
                    }
                }

                Assert.Equal(live.Count, table.Count);
                Assert.All(live, entry => Assert.True(table.TryGet(entry.Id, out string found) && found == entry.Item));
                Assert.All(dead, id => Assert.False(table.TryGet(id, out _)));
            },
            iter: 50);

    [Fact]
    public void TryGet_DefaultAndForeignIds_FindNothing()
    {
        SlotTable<string> table = new();
        Assert.False(table.TryGet(default, out _));
        ConnectionId id = table.Add("one");
        Assert.Equal(new ConnectionId(0, 1), id);
        Assert.False(table.TryGet(default, out _));
        Assert.False(table.TryGet(new ConnectionId(-1, 1), out _));
        Assert.False(table.TryGet(new ConnectionId(1, 0), out _));
        Assert.False(table.TryGet(new ConnectionId(int.MaxValue, 1), out _));
    }

    [Fact]
    public void Add_AfterRemove_ReusesTheSlotUnderANewGeneration()
    {
        SlotTable<string> table = new();
        ConnectionId first = table.Add("one");
        table.Remove(first);
        Assert.Equal(new ConnectionId(first.Slot, first.Generation + 1), table.Add("two"));
    }
}
