using System.Globalization;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

public sealed class Crc32CTests
{
    /// <summary>Among them the check value of the algorithm and the examples of RFC 3720, B.4.</summary>
    [Fact]
    public void Compute_Vectors_Match()
    {
        Assert.NotEmpty(ProtocolVectors.Checksums);
        foreach (var (hex, crc) in ProtocolVectors.Checksums)
        {
            var bytes = Convert.FromHexString(hex);
            var expected = uint.Parse(crc, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(expected, Crc32C.Compute(bytes));
            for (var size = 1; size < 10; size++)
            {
                Assert.Equal(expected, Crc32C.Compute(Segments.Of(bytes, size)));
            }
        }
    }
}
