using System.Text;
using Pusher.Bench.Servers.Wire;
using Xunit;

namespace Pusher.Tests.Bench.Servers;

public sealed class NameTableTests
{
    [Fact]
    public void Add_ManyNames_NumbersThemInOrderAndFindsEach()
    {
        var table = new NameTable();
        for (var i = 0; i < 5_000; i++)
        {
            Assert.Equal(i, table.Add(Name(i)));
        }

        Assert.Equal(17, table.Add(Name(17)));
        Assert.Equal(5_000, table.Count);
        Assert.All(Enumerable.Range(0, 5_000), i => Assert.Equal(i, table.Find(Name(i))));
        Assert.Equal(-1, table.Find(Name(5_000)));
    }

    private static byte[] Name(int i) => Encoding.ASCII.GetBytes($"load-{i:D5}");
}
