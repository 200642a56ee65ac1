using Pusher.Client.Devices;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class ClientSessionReconnectTests
{
    [Theory]
    [InlineData(CloseReason.Replaced)]
    [InlineData(CloseReason.Revoked)]
    [InlineData(CloseReason.Unauthorized)]
    public void OnDisconnected_AfterAWordThatMeansAway_StaysAway(CloseReason reason)
    {
        var bench = new SessionBench(SessionBench.Defaults with { UnauthorizedRetryMs = null }).Online();
        bench.Receive(bench.GoAway(reason));
        Assert.Equal(1, bench.Closes);
        bench.Cut();
        Assert.Equal(ClientSessionState.Halted, bench.Session.State);
        Assert.Equal(reason, bench.Last.Reason);
        Assert.Equal(long.MaxValue, bench.Session.NextDueMs);
    }

    [Fact]
    public void OnDisconnected_Unauthorized_ComesBackAfterALongPause()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        bench.Receive(bench.Refused(CloseReason.Unauthorized, ProtocolLimits.RetryNever));
        bench.Cut();
        Assert.Equal(bench.NowMs + 90_000, bench.Session.NextDueMs);
    }

    [Theory]
    [InlineData(CloseReason.BadFrame)]
    [InlineData(CloseReason.Draining)]
    [InlineData(CloseReason.Busy)]
    [InlineData(CloseReason.StoreUnavailable)]
    [InlineData(CloseReason.RateLimited)]
    [InlineData(CloseReason.Internal)]
    public void OnDisconnected_RetryNeverForAReasonToComeBack_IsALongPauseOnly(CloseReason reason)
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway(reason, ProtocolLimits.RetryNever));
        bench.Cut();
        Assert.Equal(bench.NowMs + 90_000, bench.Session.NextDueMs);
    }

    [Fact]
    public void OnDisconnected_RetryNeverForAnUnknownReason_StaysAway()
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway((CloseReason)200, ProtocolLimits.RetryNever));
        bench.Cut();
        Assert.Equal(ClientSessionState.Halted, bench.Session.State);
    }

    [Fact]
    public void OnDisconnected_RetryAfter_IsObeyedWithJitterOnTop()
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway(CloseReason.Draining, 7_000));
        bench.Cut();
        Assert.Equal(bench.NowMs + 7_000 + 250, bench.Session.NextDueMs);
        bench.Session.OnTimer(bench.Session.NextDueMs - 1);
        Assert.Single(bench.Connects);
        bench.Session.OnTimer(bench.Session.NextDueMs);
        Assert.Equal(2, bench.Connects.Count);
    }

    [Theory]
    [InlineData(600_000u, 600_000)]
    [InlineData(600_001u, 600_000)]
    [InlineData(604_800_000u, 600_000)]
    [InlineData(ProtocolLimits.RetryNever - 1, 600_000)]
    public void OnDisconnected_RetryAfterOfAWeek_IsTenMinutes(uint retryAfterMs, int obeyedMs)
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway(CloseReason.Draining, retryAfterMs));
        bench.Cut();
        Assert.Equal(bench.NowMs + obeyedMs + 250, bench.Session.NextDueMs);
    }

    [Fact]
    public void OnDisconnected_Elsewhere_IsTriedOnceEachThenTheOwnServers()
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway(CloseReason.Draining, 0, "x:1", "y:2", "no address"));
        for (var i = 0; i < 4; i++)
        {
            bench.Cut();
            bench.Session.OnTimer(bench.Session.NextDueMs);
        }

        Assert.Equal(["x:1", "y:2"], bench.Connects[1..3].Order());
        Assert.All(bench.Connects[3..], a => Assert.Contains(a, bench.Options.Servers));
    }

    [Fact]
    public void OnDisconnected_Failures_DoubleTheBoundUpToItsEnd()
    {
        var bench = new SessionBench(fraction: 0.999_999);
        bench.Session.Start(bench.NowMs);
        var pauses = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            bench.Session.OnDisconnected(bench.NowMs);
            pauses.Add(bench.Session.NextDueMs - bench.NowMs);
            bench.NowMs = bench.Session.NextDueMs;
            bench.Session.OnTimer(bench.NowMs);
        }

        Assert.Equal([499, 999, 1_999, 3_999, 7_999, 15_999, 31_999, 59_999, 59_999], pauses[..9]);
    }

    [Fact]
    public void OnDisconnected_PausesAreSpreadOverTheWholeRange()
    {
        var pauses = Enumerable.Range(0, 2_000).Select(seed =>
        {
            var plan = new ReconnectPlan(SessionBench.Defaults, new SeededEntropy(seed));
            return plan.PauseAfter(Farewell.Own(CloseReason.PeerClosed, ""), 0)!.Value;
        }).ToList();
        Assert.All(pauses, p => Assert.InRange(p, 0, 500));
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(pauses.Count(p => p / 50 == tenth), 100, 300));
    }

    [Fact]
    public void OnDisconnected_AfterAStableSession_PauseStartsSmallAgain()
    {
        var plan = new ReconnectPlan(SessionBench.Defaults, new SeededEntropy(1, 0.999_999));
        var lost = Farewell.Own(CloseReason.PeerClosed, "");
        plan.PauseAfter(lost, 0);
        plan.PauseAfter(lost, 0);
        Assert.Equal(1_999, plan.PauseAfter(lost, 5)); // logged in, but cut at once: still a failure
        Assert.Equal(499, plan.PauseAfter(lost, 10_000));
        Assert.Equal(499, plan.PauseAfter(lost, 0));
    }

    [Fact]
    public void OnTimer_Silence_SendsHeartbeatsThenGivesUpAfterOneAndAHalfAndFiveSeconds()
    {
        var bench = new SessionBench().Online();
        var start = bench.NowMs;
        bench.NowMs = bench.Session.NextDueMs;
        Assert.Equal(start + 10_000, bench.NowMs);
        bench.Session.OnTimer(bench.NowMs);
        Assert.Equal("heartbeat", bench.Sent());
        bench.Session.OnTimer(start + 19_999);
        Assert.Equal(0, bench.Closes);
        bench.Session.OnTimer(start + 20_000);
        Assert.Equal(1, bench.Closes);
        Assert.Equal(CloseReason.HeartbeatTimeout, bench.Last.Reason);
    }

    [Fact]
    public void OnTimer_AnyFrame_KeepsTheServerAlive()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Ok }.Online(new StreamPosition(7, 0));
        for (ulong seq = 1; seq <= 20; seq++)
        {
            bench.NowMs += 5_000;
            bench.Session.OnTimer(bench.NowMs);
            bench.Receive(bench.Push(seq, 7, seq));
        }

        Assert.Equal(0, bench.Closes);
    }

    [Fact]
    public void OnSettings_ShorterHeartbeat_IsDueSooner()
    {
        var bench = new SessionBench().Online();
        bench.Receive(SessionBench.Frame(w => FrameWriter.WriteSettings(w, FrameFlags.None, 2_000, 4)));
        Assert.Equal(bench.NowMs + 2_000, bench.Session.NextDueMs);
    }

    [Fact]
    public void Start_AfterAHalt_ConnectsAgain()
    {
        var bench = new SessionBench().Online();
        bench.Receive(bench.GoAway(CloseReason.Replaced, ProtocolLimits.RetryNever));
        bench.Cut();
        bench.Online();
        Assert.Equal(ClientSessionState.Online, bench.Session.State);
    }
}
