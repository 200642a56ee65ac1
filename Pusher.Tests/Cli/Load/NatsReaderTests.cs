using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Protocols.Nats;
using Pusher.Tests.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class NatsReaderTests
{
    private const string Stream = "INFO {\"max_payload\":1}\r\nPING\r\n+OK\r\nMSG a.b 1 4\r\n\r\n\r\n\r\nMSG a.b 1 c.d 0\r\n\r\nHMSG x 2 12 17\r\nNATS/1.0\r\n\r\nhello\r\n-ERR 'no'\r\nPONG\r\n";

    private static readonly string[] Operations =
    [
        "Info:{\"max_payload\":1}::", "Ping:::", "Ok:::", "Message:a.b::\r\n\r\n", "Message:a.b::", "Message:x:NATS/1.0\r\n\r\n:hello", "Error:'no'::", "Pong:::",
    ];

    [Fact]
    public void Read_AtEverySplit_GivesWhatWasSent()
    {
        var bytes = Encoding.ASCII.GetBytes(Stream);
        for (var split = 0; split <= bytes.Length; split++)
        {
            var rest = Segments.SplitAt(bytes, split);
            Assert.Equal(Operations, ReadAll(ref rest));
            Assert.True(rest.IsEmpty);
        }
    }

    [Fact]
    public void Read_ByteByByte_GivesEachOnceAndNothingEarly()
    {
        var bytes = Encoding.ASCII.GetBytes(Stream);
        var found = new List<string>();
        var taken = 0;
        for (var length = 0; length <= bytes.Length; length++)
        {
            var rest = new ReadOnlySequence<byte>(bytes, taken, length - taken);
            found.AddRange(ReadAll(ref rest));
            taken = length - (int)rest.Length;
        }

        Assert.Equal(Operations, found);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("MSG a 1 x\r\n")]
    [InlineData("MSG a 1 -1\r\n")]
    [InlineData("MSG 4\r\n")]
    [InlineData("HMSG a 1 9 4\r\n")]
    [InlineData("\r\n")]
    public void Read_SomethingElse_IsInvalid(string line)
    {
        var rest = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(line));
        Assert.Equal(NatsOperationKind.Invalid, new NatsReader().Read(ref rest).Kind);
    }

    [Fact]
    public void Read_NoEndOfLine_IsInvalidSomeTime()
    {
        var rest = new ReadOnlySequence<byte>(new byte[65_537]);
        Assert.Equal(NatsOperationKind.Invalid, new NatsReader().Read(ref rest).Kind);
    }

    [Fact]
    public void Read_Anything_EndsWithoutAnException()
    {
        var random = new Random(11);
        var parts = new[] { "MSG ", "HMSG ", "a ", "1 ", "12", "\r\n", "PING", "-ERR ", "99999999999", " ", "\0" };
        for (var round = 0; round < 5_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
            var rest = Segments.Of(Encoding.ASCII.GetBytes(text), random.Next(1, 8));
            ReadAll(ref rest);
        }
    }

    private static List<string> ReadAll(ref ReadOnlySequence<byte> bytes)
    {
        var reader = new NatsReader();
        var found = new List<string>();
        while (true)
        {
            var operation = reader.Read(ref bytes);
            if (operation.Kind is NatsOperationKind.Partial or NatsOperationKind.Invalid)
            {
                return found;
            }

            found.Add($"{operation.Kind}:{Encoding.ASCII.GetString(operation.Text)}:{Encoding.ASCII.GetString(operation.Headers)}:{Encoding.ASCII.GetString(operation.Payload)}");
        }
    }
}
