using System.Globalization;
using Pusher.Core.Identity;
using Xunit;

namespace Pusher.Tests.Core.Identity;

public sealed class DeviceKeyTests
{
    [Fact]
    public void GetHashCode_EqualNamesInOtherStrings_AreEqual()
    {
        for (var length = 1; length <= Identifier.LengthMax; length++)
        {
            var (one, other) = (new DeviceKey(new string('t', length), new string('d', length)), new DeviceKey(new string('t', length), new string('d', length)));
            Assert.Equal(one, other);
            Assert.Equal(one.GetHashCode(), other.GetHashCode());
        }
    }

    [Fact]
    public void GetHashCode_EveryCharacterCounts()
    {
        for (var length = 1; length <= Identifier.LengthMax; length++)
        {
            var name = new string('a', length).ToCharArray();
            var hashes = new HashSet<int> { new DeviceKey("acme", new string(name)).GetHashCode() };
            for (var at = 0; at < length; at++)
            {
                name[at] = 'b';
                hashes.Add(new DeviceKey("acme", new string(name)).GetHashCode());
                name[at] = 'a';
            }

            Assert.InRange(hashes.Count, length, length + 1); // two may fall together by chance
        }
    }

    [Fact]
    public void GetHashCode_WhereTenantEndsCounts()
    {
        Assert.NotEqual(new DeviceKey("ab", "c").GetHashCode(), new DeviceKey("a", "bc").GetHashCode());
        Assert.NotEqual(new DeviceKey("a", "b").GetHashCode(), new DeviceKey("b", "a").GetHashCode());
    }

    // DeviceMap takes its stripe from the highest bits and its bucket from the lowest.
    [Theory]
    [InlineData(26)]
    [InlineData(0)]
    public void GetHashCode_NumberedNames_SpreadOverSixBits(int shift)
    {
        const int Devices = 64_000;
        var places = new int[64];
        for (var i = 0; i < Devices; i++)
        {
            places[((uint)new DeviceKey("acme", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D6}")).GetHashCode() >> shift) & 63]++;
        }

        Assert.All(places, count => Assert.InRange(count, 700, 1_300)); // 1,000 each: nine deviations
    }

    [Fact]
    public void GetHashCode_Default_HasOne() => Assert.Equal(0, default(DeviceKey).GetHashCode());
}
