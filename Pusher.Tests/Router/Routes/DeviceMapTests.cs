using Pusher.Core.Identity;
using Pusher.Router.Routes;
using Xunit;

namespace Pusher.Tests.Router.Routes;

public sealed class DeviceMapTests
{
    [Fact]
    public void Changes_AtRandom_AreThoseOfADictionary()
    {
        var random = new Random(7);
        var map = new DeviceMap<long>();
        var model = new Dictionary<DeviceKey, long>();
        for (var step = 0; step < 200_000; step++)
        {
            var device = Device(random.Next(9_000)); // several rehashes and pages of each of the 64 stripes
            using (var row = map.Open(device))
            {
                Assert.Equal(model.TryGetValue(device, out var expected), row.Exists);
                if (row.Exists)
                {
                    Assert.Equal(expected, row.Value);
                }

                if (row.Exists && random.Next(3) == 0)
                {
                    row.Remove();
                    model.Remove(device);
                }
                else
                {
                    row.Set(step);
                    model[device] = step;
                }
            }
        }

        Assert.Equal(model.Count, map.Count);
        foreach (var (device, value) in model)
        {
            Assert.True(map.TryGet(device, out var found));
            Assert.Equal(value, found);
        }
    }

    [Fact]
    public void TryGet_NoneOrRemoved_IsFalse()
    {
        var map = new DeviceMap<long>();
        Assert.False(map.TryGet(Device(1), out _));
        using (var row = map.Open(Device(1)))
        {
            row.Set(5);
        }

        using (var row = map.Open(Device(1)))
        {
            row.Remove();
        }

        Assert.False(map.TryGet(Device(1), out var value));
        Assert.Equal(0, value);
        Assert.Equal(0, map.Count);
    }

    // A row is a lock: an increment that reads and writes through it is atomic.
    [Fact]
    public void Open_FromManyThreads_LosesNoChange()
    {
        const int Threads = 4, Rounds = 20_000, Devices = 3;
        var map = new DeviceMap<long>();
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, _ =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                using var row = map.Open(Device(i % Devices));
                row.Set(row.Exists ? row.Value + 1 : 1);
            }
        });
        var sum = Enumerable.Range(0, Devices).Sum(i => map.TryGet(Device(i), out var value) ? value : 0);
        Assert.Equal(Threads * Rounds, sum);
    }

    private static DeviceKey Device(int number) => new("tenant", $"device-{number}");
}
