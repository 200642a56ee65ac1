using System.Buffers;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>What the vectors do not show: bounds of a writer's arguments.</summary>
public sealed class FrameWriterTests
{
    private static readonly byte[] Nonce = new byte[ProtocolLimits.ClientNonceBytes];

    private readonly ArrayBufferWriter<byte> _output = new();

    public static TheoryData<string, string> LongTexts => new()
    {
        { new string('x', 129), new string('x', 128) },
        { new string('x', 100_000), new string('x', 128) },
        { new string('é', 65), new string('é', 64) },
        { "x" + new string('é', 64), "x" + new string('é', 63) },
        { new string('€', 43), new string('€', 42) },
        { string.Concat(Enumerable.Repeat("🖨", 33)), string.Concat(Enumerable.Repeat("🖨", 32)) },
        { "xxx" + string.Concat(Enumerable.Repeat("🖨", 32)), "xxx" + string.Concat(Enumerable.Repeat("🖨", 31)) },
        { new string('x', 127) + "🖨", new string('x', 127) },
        { new string('x', 125) + "🖨", new string('x', 125) },
    };

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void WriteDone_LongText_IsCutBetweenCharacters(string text, string expected)
    {
        FrameWriter.WriteDone(_output, FrameFlags.None, 1, DeliveryResult.Other, text);
        Assert.True(DoneFrame.TryRead(_output.WrittenSpan[FrameHeader.Size..], out var frame));
        Assert.Equal(expected, Encoding.UTF8.GetString(frame.Text));
    }

    [Fact]
    public void Write_LargestFramesBeforeLogin_FitTheirLimit()
    {
        FrameWriter.WriteRefused(
            _output, FrameFlags.None, CloseReason.Busy, 0, [.. Enumerable.Repeat(new string('h', ProtocolLimits.AddressBytesMax), 8)], new string('x', 500));
        Assert.InRange(_output.WrittenCount - FrameHeader.Size, 900, ProtocolLimits.LoginPayloadBytesMax);
        _output.Clear();
        FrameWriter.WriteHello(
            _output, FrameFlags.None, 1, 1, Nonce, Name(64), Name(64), Name(64), Name(64), [.. Enumerable.Repeat(Name(64), 8)], new StreamPosition[16], new LoginOrder(1, 1));
        Assert.InRange(_output.WrittenCount - FrameHeader.Size, 900, ProtocolLimits.LoginPayloadBytesMax);
    }

    [Fact]
    public void Write_ValueOutOfBounds_ThrowsAndWritesNothing()
    {
        var none = FrameFlags.None;
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, new byte[15], "t", "d", "", "", [], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, Name(65), "d", "", "", [], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", Name(65), "", "", [], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", "d", Name(65), "", [], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", "d", "", Name(65), [], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", "d", "", "", [Name(65)], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", "d", "", "", new string[9], []));
        Refuses(() => FrameWriter.WriteHello(_output, none, 0, 0, Nonce, "t", "d", "", "", [], new StreamPosition[17]));
        Refuses(() => FrameWriter.WriteChallenge(_output, none, new byte[31]));
        Refuses(() => FrameWriter.WriteProof(_output, none, new byte[33]));
        Refuses(() => FrameWriter.WriteWelcome(_output, none, default, "n", []));
        Refuses(() => FrameWriter.WriteWelcome(_output, none, new WelcomeValues { HeartbeatMs = 1 }, Name(65), []));
        Refuses(() => FrameWriter.WriteWelcome(_output, none, new WelcomeValues { HeartbeatMs = 1 }, "n", new StreamPosition[17]));
        Refuses(() => FrameWriter.WriteRefused(_output, none, CloseReason.Busy, 0, new string[9], ""));
        Refuses(() => FrameWriter.WriteGoAway(_output, none, CloseReason.Busy, 0, [Name(97)], ""));
        Refuses(() => FrameWriter.WriteSettings(_output, none, 0, 1));
        Refuses(() => FrameWriter.WriteSkipped(_output, none, 1, 0, 1, SkipReason.Dead));
        Refuses(() => FrameWriter.WriteSkipped(_output, none, 1, 2, 1, SkipReason.Dead));
        Refuses(() => FrameWriter.WriteEvent(_output, none, 1, Name(65), []));
    }

    private static string Name(int length) => new('n', length);

    private void Refuses(Action write)
    {
        Assert.ThrowsAny<ArgumentException>(write);
        Assert.Equal(0, _output.WrittenCount);
    }
}
