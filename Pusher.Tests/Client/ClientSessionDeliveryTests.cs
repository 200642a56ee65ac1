using Pusher.Client.Devices;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class ClientSessionDeliveryTests
{
    private static readonly StreamPosition Fresh = new(7, 0);

    [Fact]
    public void Push_IsHandedOverAndAcknowledgedAfterTheHandler()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        var message = Assert.Single(bench.HandedOver);
        Assert.Equal(100ul, BitConverter.ToUInt64(message.Payload.Span));
        Assert.Empty(bench.Sent());

        bench.Handle(message);
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
    }

    [Fact]
    public void Push_OneAtATime_NextAfterTheFirstIsHandled()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2));
        Assert.Single(bench.HandedOver);
        bench.Handle(bench.HandedOver[0]);
        Assert.Equal(101ul, bench.HandedOver[1].MessageId);
    }

    [Fact]
    public void Push_ManyInOneRead_OneAcknowledgement()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive([.. Enumerable.Range(1, 10).Select(i => bench.Push((ulong)i, 7, (ulong)i))]);
        Assert.Equal(10, bench.HandedOver.Count);
        Assert.Equal("ack 7/10", bench.Sent());
    }

    [Fact]
    public void Push_OkWithResultWanted_IsReported()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1, PushFlags.ResultWanted));
        Assert.Equal("done 100 Ok, ack 7/1", bench.Sent());
    }

    [Fact]
    public void Push_OfNoStream_IsHandedOverEachTimeAndNothingIsSentForIt()
    {
        var bench = new SessionBench { Handler = _ => new HandlingResult(DeliveryResult.Printed) }.Online(Fresh);
        bench.Receive(bench.Push(100, 0, 0), bench.Push(100, 0, 0), bench.Push(100, 7, 1), bench.Push(101, 0, 0));
        Assert.Equal([(100ul, 0u), (100ul, 0u), (100ul, 7u), (101ul, 0u)], bench.HandedOver.Select(m => (m.MessageId, m.Stream)));
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
    }

    [Fact]
    public void Push_OfNoStream_WaitsItsTurnAndIsNotReported()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(200, 0, 0));
        Assert.Single(bench.HandedOver);
        bench.Handle(bench.HandedOver[0]);
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
        bench.Handle(bench.HandedOver[1]);
        Assert.Empty(bench.Sent());
        Assert.Equal(200ul, bench.HandedOver[1].MessageId);
    }

    [Fact]
    public void Push_SeenBefore_IsSuppressedAndAcknowledgedAgain()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2));
        bench.Sent();
        bench.Receive(bench.Push(100, 7, 1, PushFlags.Redelivery));
        Assert.Equal(2, bench.HandedOver.Count);
        Assert.Equal("ack 7/2", bench.Sent());
    }

    [Fact]
    public void Push_Gap_IsNotTakenAndTheOldAcknowledgementRepeated()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(102, 7, 3));
        Assert.Equal([100ul], bench.HandedOver.Select(m => m.MessageId));
        Assert.Equal("ack 7/1", bench.Sent());
        bench.Receive(bench.Push(101, 7, 2), bench.Push(102, 7, 3));
        Assert.Equal([100ul, 101, 102], bench.HandedOver.Select(m => m.MessageId));
        Assert.Equal("ack 7/3", bench.Sent());
    }

    [Fact]
    public void Push_UnknownStreamFromOne_StartsIt()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online();
        bench.Receive(bench.Push(100, 99, 1));
        Assert.Single(bench.HandedOver);
        Assert.Equal("ack 99/1", bench.Sent());
    }

    [Fact]
    public void Push_WithoutStorage_IsHandedOverAndNotAcknowledged()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive(bench.Push(5, 0, 0), bench.Push(5, 0, 0));
        Assert.Equal(2, bench.HandedOver.Count);
        Assert.Empty(bench.Sent());
    }

    [Fact]
    public void Cut_WhileHandling_IsNotHandedOverAgainAndAcknowledgedOnTheNewConnection()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        bench.Cut();
        bench.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1, PushFlags.Redelivery));
        Assert.Single(bench.HandedOver);
        Assert.Empty(bench.Sent());

        bench.Handle(bench.HandedOver[0]);
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
    }

    [Fact]
    public void Cut_HandledWhileAway_ResultAndAcknowledgementGoOutAfterWelcome()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        bench.Cut();
        bench.Handle(bench.HandedOver[0]);
        bench.Online(Fresh);
        Assert.Equal("done 100 Printed", bench.Sent());
        bench.Receive(bench.Push(100, 7, 1, PushFlags.Redelivery));
        Assert.Single(bench.HandedOver);
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
    }

    [Fact]
    public void Cut_ResultNotConfirmedByAHeartbeat_IsRepeated()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Printed }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        bench.Cut();
        bench.Online(new StreamPosition(7, 1));
        Assert.Equal("done 100 Printed", bench.Sent());

        bench.NowMs += 10_000;
        bench.Session.OnTimer(bench.NowMs);
        Assert.Equal("heartbeat", bench.Sent());
        bench.Receive(bench.Heartbeat());
        bench.Cut();
        bench.Online(new StreamPosition(7, 1));
        Assert.Empty(bench.Sent());
    }

    [Fact]
    public void Welcome_BehindWhatIsFinished_ResentOnesAreSuppressedWithTheirResult()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Printed }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2));
        bench.Cut();
        bench.Online(Fresh);
        bench.Sent();
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2), bench.Push(102, 7, 3));
        Assert.Equal([100ul, 101, 102], bench.HandedOver.Select(m => m.MessageId));
        Assert.Equal("done 100 Printed, done 101 Printed, done 102 Printed, ack 7/3", bench.Sent());
    }

    [Fact]
    public void DedupeOff_ResentOnesAreHandedOverTwice()
    {
        var bench = new SessionBench(SessionBench.Defaults with { DedupeOff = true }) { Handler = _ => HandlingResult.Printed }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        bench.Cut();
        bench.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        Assert.Equal(2, bench.HandedOver.Count);
    }

    [Fact]
    public void Skipped_AdvancesAndIsAcknowledgedAfterWhatIsBefore()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Skipped(7, 2, 4), bench.Push(105, 7, 5));
        Assert.Equal("ack 7/0", bench.Sent());
        bench.Handle(bench.HandedOver[0]);
        Assert.Equal("done 100 Printed, ack 7/4", bench.Sent());
        bench.Handle(bench.HandedOver[1]);
        Assert.Equal("done 105 Printed, ack 7/5", bench.Sent());
    }

    [Fact]
    public void Skipped_BehindAGap_IsNotTaken()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(Fresh);
        bench.Receive(bench.Skipped(7, 2, 4));
        Assert.Equal("ack 7/0", bench.Sent());
        bench.Receive(bench.Push(100, 7, 1), bench.Skipped(7, 2, 4));
        Assert.Equal("ack 7/4", bench.Sent());
    }

    [Fact]
    public void Skipped_WaitingMessage_IsNotHandedOver()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2));
        bench.Receive(bench.Skipped(7, 2, 2));
        bench.Handle(bench.HandedOver[0]);
        Assert.Single(bench.HandedOver);
        Assert.EndsWith("ack 7/2", bench.Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reset_NewStreamBeginsAtOneAndIsTold()
    {
        var ring = new DedupeRing();
        var bench = new SessionBench(ring: ring) { Handler = _ => HandlingResult.Ok }.Online(new StreamPosition(7, 40));
        bench.Receive(bench.Reset(7, 8), bench.Push(200, 8, 1));
        Assert.Equal(new StreamReset(7, 8, 3), Assert.Single(bench.Resets));
        Assert.Equal("ack 8/1", bench.Sent());
        Assert.Equal([new StreamPosition(8, 1)], ring.Positions);
    }

    [Fact]
    public void Reset_NothingCameInTheNewStreamYet_TheNextLoginNamesIt()
    {
        var ring = new DedupeRing();
        var bench = new SessionBench(ring: ring).Online(new StreamPosition(7, 40));
        bench.Receive(bench.Reset(7, 8));
        Assert.Equal([new StreamPosition(8, 0)], ring.Positions); // a server that loses stream 8 as well is proved it, and tells
    }

    [Fact]
    public void Reset_SameMessageInTheNewStreamWhileHandling_IsHandedOverOnce()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Reset(7, 8), bench.Push(100, 8, 1));
        bench.Handle(bench.HandedOver[0]);
        Assert.Single(bench.HandedOver);
        Assert.Equal("done 100 Printed, ack 8/1", bench.Sent());
    }

    [Fact]
    public void Replaced_WaitingMessagesAreLeftToTheNewLogin()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2), bench.GoAway(CloseReason.Replaced, ProtocolLimits.RetryNever));
        bench.Cut();
        bench.Handle(bench.HandedOver[0]);
        Assert.Equal(ClientSessionState.Halted, bench.Session.State);
        Assert.Single(bench.HandedOver);
    }

    [Fact]
    public void OnHandled_Twice_Throws()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1));
        bench.Handle(bench.HandedOver[0]);
        Assert.Throws<InvalidOperationException>(() => bench.Handle(bench.HandedOver[0]));
    }

    [Theory]
    [InlineData(InterruptedPolicy.Report, 0, "done 100 HandlerFailed, ack 7/1")]
    [InlineData(InterruptedPolicy.HandOverAgain, 1, "done 100 Printed, ack 7/1")]
    public void Push_StartedBeforeARestart_FollowsThePolicy(InterruptedPolicy policy, int handedOver, string sent)
    {
        var ring = new DedupeRing();
        ring.RecordStarted(100);
        var bench = new SessionBench(SessionBench.Defaults with { Interrupted = policy }, ring) { Handler = _ => HandlingResult.Printed }.Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1, PushFlags.Redelivery));
        Assert.Equal(handedOver, bench.HandedOver.Count);
        Assert.All(bench.HandedOver, m => Assert.True(m.Interrupted));
        Assert.Equal(sent, bench.Sent());
    }

    [Fact]
    public void Events_AreNumberedAndAnswered()
    {
        var bench = new SessionBench().Online(Fresh);
        Assert.True(bench.Session.TrySendEvent("paper-low", "x"u8, out var eventId));
        Assert.Equal("event", bench.Sent());
        bench.Receive(SessionBench.Frame(w => FrameWriter.WriteEventAck(w, FrameFlags.None, eventId, EventStatus.Unavailable)));
        Assert.Equal((eventId, EventStatus.Unavailable), Assert.Single(bench.EventAnswers));
        bench.Cut();
        Assert.False(bench.Session.TrySendEvent("paper-low", "x"u8, out _));
    }

    [Fact]
    public void Drain_NothingMoreIsHandedOverButTheRunningOneIsAcknowledged()
    {
        var bench = new SessionBench().Online(Fresh);
        bench.Receive(bench.Push(100, 7, 1), bench.Push(101, 7, 2));
        bench.Session.Drain();
        bench.Handle(bench.HandedOver[0]);
        Assert.Single(bench.HandedOver);
        bench.Session.Stop(bench.NowMs);
        Assert.Equal("done 100 Printed, ack 7/1", bench.Sent());
        Assert.Equal(1, bench.Closes);
        bench.Cut();
        Assert.Equal(new ClientStateChange(ClientSessionState.Halted, CloseReason.None, "stopped", bench.Last.Address), bench.Last);
    }
}
