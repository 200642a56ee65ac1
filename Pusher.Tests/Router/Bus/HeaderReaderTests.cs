using System.Text;
using Pusher.Router.Bus;
using Xunit;

namespace Pusher.Tests.Router.Bus;

public sealed class HeaderReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("NATS/1.0\r\n\r\n", "")]
    [InlineData("NATS/1.0\r\nA: b\r\n\r\n", "A=b")]
    [InlineData("NATS/1.0\r\nA:b\r\nC:  d e \t\r\n\r\n", "A=b|C=d e")]
    [InlineData("NATS/1.0 503\r\nA: b\r\n\r\n", "A=b")]
    [InlineData("NATS/1.0\r\nA: b:c\r\n\r\n", "A=b:c")]
    [InlineData("NATS/1.0\r\nA:\r\n\r\n", "A=")]
    [InlineData("NATS/1.0\r\nnocolon\r\n: novalue\r\nA: b\r\n\r\n", "A=b")]
    [InlineData("NATS/1.0\r\nA: b", "A=b")]
    [InlineData("A: b", "")]
    [InlineData("\r\n", "")]
    public void TryRead_Block_EveryHeaderInOrder(string block, string expected)
    {
        var found = new List<string>();
        var reader = new HeaderReader(Encoding.ASCII.GetBytes(block));
        while (reader.TryRead(out var name, out var value))
        {
            found.Add($"{Encoding.ASCII.GetString(name)}={Encoding.ASCII.GetString(value)}");
        }

        Assert.Equal(expected, string.Join('|', found));
    }

    [Fact]
    public void TryRead_AnyBytes_Ends()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(60)];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = "\r\n:aA \t"u8[random.Next(7)];
            }

            var reader = new HeaderReader(bytes);
            var headers = 0;
            while (reader.TryRead(out _, out _))
            {
                Assert.True(++headers <= bytes.Length);
            }
        }
    }
}
