using System.Buffers;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Core.Sessions;

public sealed class DeviceSessionFrameTests
{
    private const string Unknown = "";

    /// <summary>Every phase with every type: the phase, the type, what comes first (an action or a frame), empty for nothing.</summary>
    public static TheoryData<SessionPhase, byte, string> Answers()
    {
        var rows = new TheoryData<SessionPhase, byte, string>();
        foreach (var phase in Enum.GetValues<SessionPhase>())
        {
            foreach (var type in Enum.GetValues<FrameType>())
            {
                rows.Add(phase, (byte)type, Expected(phase, type));
            }

            rows.Add(phase, 0x7F, Unknown);
            rows.Add(phase, 0x00, Unknown);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void OnReceived_PhaseAndType_GetsItsExactAnswer(SessionPhase phase, byte type, string expected)
    {
        var driver = In(phase);
        driver.Receive(Frame((FrameType)type));
        var answer = driver.Take();
        Assert.Equal(expected, answer.Length == 0 ? "" : answer[0]);
        if (expected == "close WrongState")
        {
            var frame = phase == SessionPhase.Live ? "GOAWAY" : "REFUSED";
            Assert.Equal($"{frame} WrongState 60000 0 '{CloseReasonText.Of(CloseReason.WrongState)}'", answer[1]);
            Assert.Equal(SessionPhase.Closed, driver.Session.Phase);
        }
    }

    [Theory]
    [InlineData(FrameType.Ack, 11)]
    [InlineData(FrameType.Done, 10)]
    [InlineData(FrameType.Event, 8)]
    public void OnReceived_CutOffPayload_IsBadFrame(FrameType type, int length)
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.Receive([0xD7, 1, 0, (byte)type, 0, 0, 0, (byte)length, .. new byte[length]]);
        Assert.Equal("close BadFrame", driver.Take()[0]);
    }

    [Theory]
    [InlineData(new byte[] { 0x47 }, CloseReason.BadFrame, 1_000)]
    [InlineData(new byte[] { 0xD7, 2 }, CloseReason.UnsupportedVersion, 60_000)]
    [InlineData(new byte[] { 0xD7, 1, 0x40 }, CloseReason.BadFrame, 1_000)]
    [InlineData(new byte[] { 0xD7, 1, 0, 1, 0, 1 }, CloseReason.TooLarge, 60_000)]
    public void OnReceived_FirstIllegalByte_Closes(byte[] bytes, CloseReason reason, int retryAfterMs)
    {
        var driver = new SessionDriver();
        driver.Receive(bytes);
        Assert.Equal([$"close {reason}", $"REFUSED {reason} {retryAfterMs} 0 '{CloseReasonText.Of(reason)}'"], driver.Take());
    }

    [Fact]
    public void OnReceived_BytesBehindTheClose_AreIgnored()
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.Receive([.. Frame(FrameType.Hello), .. Frame(FrameType.Heartbeat)]);
        Assert.Equal(2, driver.Take().Length);
    }

    [Fact]
    public void OnReceived_ByteByByte_SameAsWhole()
    {
        var driver = new SessionDriver().Live();
        driver.Stored(1);
        driver.Take();
        byte[] all = [.. Frame(FrameType.Heartbeat), .. Frame(FrameType.Done), .. Frame(FrameType.Ack)];
        var start = 0;
        for (var end = 1; end <= all.Length; end++)
        {
            var sequence = new ReadOnlySequence<byte>(all, start, end - start);
            start += (int)sequence.Slice(0, driver.Session.OnReceived(in sequence, driver.Time, driver)).Length;
        }

        Assert.Equal(["done 3 Printed fine", "acked 7:1", "HEARTBEAT"], driver.Take());
        Assert.Equal(all.Length, start);
    }

    [Fact]
    public void OnReceived_Event_IsPublishedAndAnswered()
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.Receive(Frame(FrameType.Event));
        Assert.Equal(["event 4 paper-low 2"], driver.Take());
        driver.Session.OnEventPublished(4, EventStatus.Unavailable, driver);
        Assert.Equal(["EVENT_ACK 4 Unavailable"], driver.Take());
    }

    [Fact]
    public void OnReceived_EventWithIllegalName_IsRejectedWithoutClosing()
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.Receive(o => FrameWriter.WriteEvent(o, FrameFlags.None, 4, "a.b", default));
        Assert.Equal(["EVENT_ACK 4 Rejected"], driver.Take());
    }

    [Fact]
    public void OnTimer_Silence_EndsAfterOneAndAHalfHeartbeatsAndGrace()
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.NowMs += 50_000;
        driver.Receive(Frame((FrameType)0x7F)); // any frame is life, even an unknown one
        var due = driver.NowMs + 95_000;
        Assert.Equal(due, driver.Session.NextDueMs);
        driver.NowMs = due - 1;
        driver.Timer();
        Assert.Empty(driver.Take());
        driver.NowMs = due;
        driver.Timer();
        Assert.Equal(["close HeartbeatTimeout", $"GOAWAY HeartbeatTimeout 0 0 '{CloseReasonText.Of(CloseReason.HeartbeatTimeout)}'"], driver.Take());
    }

    [Theory]
    [InlineData(SessionPhase.Greeting, "REFUSED")]
    [InlineData(SessionPhase.Opening, "REFUSED")]
    [InlineData(SessionPhase.Live, "GOAWAY")]
    public void OnReplaced_Phase_SaysNeverComeBack(SessionPhase phase, string frame)
    {
        var driver = In(phase);
        driver.Session.OnReplaced(driver);
        Assert.Equal(["close Replaced", $"{frame} Replaced {uint.MaxValue} 0 '{CloseReasonText.Of(CloseReason.Replaced)}'"], driver.Take());
        driver.Session.OnReplaced(driver);
        driver.Session.OnKick(CloseReason.Draining, 1, [], driver);
        driver.Stored(1);
        driver.Session.OnClosed(driver);
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnKick_Drain_SaysWhenAndWhere()
    {
        var driver = new SessionDriver().Until(SessionPhase.Live);
        driver.Session.OnKick(CloseReason.Draining, 750, ["a:1", "b:2"], driver);
        Assert.Equal(["close Draining", $"GOAWAY Draining 750 2 '{CloseReasonText.Of(CloseReason.Draining)}'"], driver.Take());
    }

    private static string Expected(SessionPhase phase, FrameType type) => (phase, type) switch
    {
        (SessionPhase.Closed, _) => "",
        (_, FrameType.Heartbeat) => "HEARTBEAT",
        (SessionPhase.Greeting, FrameType.Hello) => "lookup tenant/printer",
        (SessionPhase.Proving, FrameType.Proof) => "ask tenant/printer",
        (SessionPhase.Live, FrameType.Ack) => "close BadAck",
        (SessionPhase.Live, FrameType.Done) => "done 3 Printed fine",
        (SessionPhase.Live, FrameType.Event) => "event 4 paper-low 2",
        _ => "close WrongState",
    };

    private static SessionDriver In(SessionPhase phase)
    {
        var driver = new SessionDriver { AsksAgain = true }.Until(phase == SessionPhase.Closed ? SessionPhase.Live : phase);
        if (phase == SessionPhase.Closed)
        {
            driver.Session.OnKick(CloseReason.Draining, 0, [], driver);
            driver.Take();
        }

        return driver;
    }

    private static byte[] Frame(FrameType type)
    {
        var bytes = new ArrayBufferWriter<byte>();
        switch (type)
        {
            case FrameType.Hello:
                FrameWriter.WriteHello(bytes, 0, 0, 0, SessionDriver.ClientNonce, "tenant", "printer", "", "", [], []);
                break;
            case FrameType.Proof:
                FrameWriter.WriteProof(bytes, 0, new byte[ProtocolLimits.KeyBytes]);
                break;
            case FrameType.Ack:
                FrameWriter.WriteAck(bytes, 0, SessionDriver.Stream, 1);
                break;
            case FrameType.Done:
                FrameWriter.WriteDone(bytes, 0, 3, DeliveryResult.Printed, "fine");
                break;
            case FrameType.Event:
                FrameWriter.WriteEvent(bytes, 0, 4, "paper-low", "ab"u8);
                break;
            default:
                return [0xD7, 1, 0, (byte)type, 0, 0, 0, 0];
        }

        return bytes.WrittenSpan.ToArray();
    }
}
