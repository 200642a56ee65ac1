using System.Buffers;
using System.Text;
using MessagePack;
using Pusher.Core.Batches;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Core.Batches;

/// <summary>The bytes of batches and of their answers, beside another implementation of MessagePack.</summary>
public sealed class BatchFormatTests
{
    /// <summary>The vectors of docs/CONTRACT.md.</summary>
    private const string BatchHex =
        "92019294a97072696e7465722d31a86f726465722d3137c40e322078204d617267686572697461ce000dbba096a97072696e7465722d32c0c404736f7570c00900";

    private const string AnswerHex =
        "940100c0929a00cf0001096e2c8b8000ceab2821cf2ac2c201c3c0c09a04000000c2c2c0c0c0d9275468657265206973206e6f20737563682064657669636520696e20746869732074656e616e742e";

    private static readonly BatchBytes.Entry[] Entries =
    [
        new("printer-1", "order-17", "2 x Margherita"u8.ToArray(), TtlMs: 900_000),
        new("printer-2", null, "soup"u8.ToArray(), Priority: 9, Qos: 0),
    ];

    private static byte[] Vector => Convert.FromHexString(BatchHex);

    [Fact]
    public void Vectors_StandInTheContract()
    {
        var contract = File.ReadAllText(RepositoryRoot.File("docs", "CONTRACT.md")).Replace("\n", "", StringComparison.Ordinal);
        Assert.Contains(BatchHex, contract, StringComparison.Ordinal);
        Assert.Contains(AnswerHex, contract, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Batch_IsTheVector() => Assert.Equal(BatchHex, Convert.ToHexStringLower(BatchBytes.Of(Entries)));

    [Fact]
    public void Read_Vector_GivesTheEntries()
    {
        Assert.Null(BatchReader.Open(Vector, out var reader));
        Assert.Equal(2, reader.Count);
        Assert.Null(reader.Read(out var first));
        Assert.Equal("printer-1 order-17 2 x Margherita 900000 0 1", Text(in first));
        Assert.Null(reader.Read(out var second));
        Assert.Equal("printer-2 - soup - 9 0", Text(in second));
    }

    [Fact]
    public void Write_Answer_IsTheVectorAndReadsBack()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new BatchAnswerWriter(output, 0, null, 2);
        writer.Write(new BatchResult { Status = 0, MessageId = 291843775102976, Stream = 2871534031, Seq = 42, QueueDepth = 1, Online = true }, null);
        writer.Write(new BatchResult { Status = 4, QueueDepth = -1 }, "There is no such device in this tenant.");
        Assert.Equal(AnswerHex, Convert.ToHexStringLower(output.WrittenSpan));
        Assert.Equal(
            [
                new BatchBytes.Result(0, 291843775102976, 2871534031, 42, false, false, 1, true, null, ""),
                new BatchBytes.Result(4, 0, 0, 0, false, false, -1, null, null, "There is no such device in this tenant."),
            ],
            BatchBytes.Read(output.WrittenSpan).Results);
    }

    [Fact]
    public void Open_CutAnywhere_SaysSo()
    {
        for (var length = 0; length < Vector.Length; length++)
        {
            Assert.NotNull(BatchReader.Open(Vector.AsSpan(0, length), out _));
        }

        Assert.NotNull(BatchReader.Open([.. Vector, 0], out _));
        Assert.Null(BatchReader.Open(Vector, out _)); // the control
    }

    [Fact]
    public void TryOpen_AnswerCutAnywhere_False()
    {
        var answer = Convert.FromHexString(AnswerHex);
        for (var length = 0; length < answer.Length; length++)
        {
            Assert.False(BatchAnswerReader.TryOpen(answer.AsSpan(0, length), out _));
        }

        Assert.True(BatchAnswerReader.TryOpen(answer, out _));
    }

    [Fact]
    public void Open_AnyByteChanged_NeverThrows()
    {
        var bytes = Vector;
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                bytes[at] = (byte)value;
                ReadAll(bytes);
            }

            bytes[at] = Vector[at];
        }
    }

    [Fact]
    public void Open_Noise_NeverThrows()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            ReadAll(bytes);
            ReadAll([0x92, 0x01, 0x91, .. bytes]);
            BatchAnswerReader.TryOpen([0x94, 0x01, 0x00, .. bytes], out _);
        }
    }

    [Fact]
    public void Open_NestedAMillionDeep_IsPassedOver()
    {
        byte[] deep = [0x93, 0x01, 0x91, 0x93, 0xa1, (byte)'d', 0xc0, 0xc4, 0x00, .. Enumerable.Repeat((byte)0x91, 1_000_000), 0xc0];
        Assert.Null(BatchReader.Open(deep, out var reader));
        Assert.Null(reader.Read(out _));
    }

    [Theory]
    [InlineData("92019194a164c0c400 cb3ff0000000000000", "time to live")]
    [InlineData("92019194a164c0c400 ff", "time to live")]
    [InlineData("92019195a164c0c400 c0 cd0100", "priority")]
    [InlineData("92019196a164c0c400 c0 c0 02", "QoS")]
    [InlineData("92019193 01 c0c400", "device")]
    [InlineData("92019193a16401c400", "publisher id")]
    [InlineData("92019193a164c0 05", "payload")]
    [InlineData("92019192a164c0", "An entry is an array")]
    [InlineData("920191c0", "An entry is an array")]
    public void Read_BadEntry_NamesWhat(string hex, string part)
    {
        Assert.Null(BatchReader.Open(Bytes(hex), out var reader));
        Assert.Contains(part, reader.Read(out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("920290", "version")]
    [InlineData("920190", "1 to 1024")]
    [InlineData("9201c0", "array of its entries")]
    [InlineData("9101", "is an array of its version")]
    [InlineData("a178", "is an array of its version")]
    [InlineData("92c090", "is an array of its version")]
    [InlineData("9201ddffffffff", "not whole")]
    [InlineData("9201c1", "not whole")]
    [InlineData("", "not whole")]
    public void Open_NoBatch_NamesWhat(string hex, string part) => Assert.Contains(part, BatchReader.Open(Bytes(hex), out _), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, true)]
    [InlineData(BatchFormat.EntriesMax, true)]
    [InlineData(BatchFormat.EntriesMax + 1, false)]
    public void Open_Entries_AreBounded(int entries, bool expected)
    {
        byte[] bytes = [0x92, 0x01, 0xdc, (byte)(entries >> 8), (byte)entries, .. Enumerable.Repeat((byte)0xc0, entries)];
        Assert.Equal(expected, BatchReader.Open(bytes, out _) is null);
    }

    [Fact]
    public void Read_ElementsOfALaterVersion_AreSkipped()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        writer.WriteInt64(1); // in nine bytes
        writer.WriteArrayHeader(2);
        foreach (var device in new[] { "a", "b" })
        {
            writer.WriteArrayHeader(9);
            writer.Write(device);
            writer.WriteNil();
            writer.Write("x"u8);
            writer.WriteUInt64(60_000);
            writer.WriteNil();
            writer.WriteNil();
            writer.WriteMapHeader(1);
            writer.Write("later");
            writer.Write(1.5);
            writer.Write(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            writer.Write(-5);
        }

        writer.Write(true);
        writer.Write(new string('x', 70_000));
        writer.Flush();
        Assert.Null(BatchReader.Open(output.WrittenSpan, out var reader));
        Assert.Null(reader.Read(out var first));
        Assert.Null(reader.Read(out var second));
        Assert.Equal(["a - x 60000 0 1", "b - x 60000 0 1"], [Text(in first), Text(in second)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Write_AnyPayload_AnotherImplementationReadsIt(int length)
    {
        var bytes = BatchBytes.Of(new BatchBytes.Entry(new string('d', 64), new string('i', 64), new byte[length], long.MaxValue, 255, 0));
        var reader = new MessagePackReader(bytes);
        Assert.Equal((2, 1, 1, 6), (reader.ReadArrayHeader(), reader.ReadInt32(), reader.ReadArrayHeader(), reader.ReadArrayHeader()));
        Assert.Equal((new string('d', 64), new string('i', 64)), (reader.ReadString(), reader.ReadString()));
        Assert.Equal(length, reader.ReadBytes()!.Value.Length);
        Assert.Equal((long.MaxValue, 255, 0), (reader.ReadInt64(), reader.ReadByte(), reader.ReadInt32()));
        Assert.True(reader.End);
    }

    [Fact]
    public void Write_LargestAnswer_IsBounded()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new BatchAnswerWriter(output, 0, null, BatchFormat.EntriesMax);
        for (var i = 0; i < BatchFormat.EntriesMax; i++)
        {
            writer.Write(
                new BatchResult { Status = 255, MessageId = ulong.MaxValue, Stream = uint.MaxValue, Seq = ulong.MaxValue, QueueDepth = int.MaxValue, Online = true, Reached = int.MaxValue },
                new string('\u20ac', 500));
        }

        Assert.InRange(output.WrittenCount, 32 * 1024, BatchFormat.AnswerBytesMax);
        var results = BatchBytes.Read(output.WrittenSpan).Results;
        Assert.Equal(new string('\u20ac', 80), results[0].Error); // 240 bytes
        Assert.Equal("", results[^1].Error);
    }

    private static void ReadAll(byte[] bytes)
    {
        if (BatchReader.Open(bytes, out var reader) is null)
        {
            for (var i = 0; i < reader.Count; i++)
            {
                reader.Read(out _);
            }
        }
    }

    private static string Text(in BatchEntry entry)
        => $"{Encoding.ASCII.GetString(entry.Device)} {(entry.HasPublisherId ? Encoding.ASCII.GetString(entry.PublisherId) : "-")} {Encoding.ASCII.GetString(entry.Payload)} {entry.TtlMs?.ToString() ?? "-"} {entry.Priority} {entry.Qos}";

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
