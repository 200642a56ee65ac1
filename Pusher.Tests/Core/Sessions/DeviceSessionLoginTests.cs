using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Core.Sessions;

public sealed class DeviceSessionLoginTests
{
    [Fact]
    public void Login_RightKey_EndsInWelcome()
    {
        var driver = new SessionDriver();
        driver.Hello(0, 0, new StreamPosition(7, 3));
        Assert.Equal(["lookup tenant/printer"], driver.Take());
        driver.Credential();
        Assert.Equal(["CHALLENGE"], driver.Take());
        driver.Prove();
        Assert.Equal(["open tenant/printer [7:3]"], driver.Take());
        driver.Opened(new DeviceOpened([new StreamState(7, 3, 3)], []));
        Assert.Equal(["WELCOME epoch=5 heartbeat=60000 window=16 resumed=True lost=0 [7:3]"], driver.Take());
        Assert.Equal(SessionPhase.Live, driver.Session.Phase);
        Assert.Equal(5UL, driver.Session.Epoch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Login_WrongKeyOrUnknownDevice_SameFrames(bool known)
    {
        var driver = new SessionDriver();
        driver.Hello();
        driver.Credential(known);
        Assert.Equal(["lookup tenant/printer", "CHALLENGE"], driver.Take());
        driver.Prove(known ? new byte[ProtocolLimits.KeyBytes] : SessionDriver.Key);
        Assert.Equal(["ask tenant/printer", "close Unauthorized", Refused(CloseReason.Unauthorized)], driver.Take());
    }

    // The host had no key at hand, or an old one.
    [Fact]
    public void Login_KeyFitsWhenAskedAgain_Opens()
    {
        var driver = new SessionDriver { AsksAgain = true };
        driver.Hello();
        driver.Credential(known: false);
        driver.Prove();
        Assert.Equal(["lookup tenant/printer", "ask tenant/printer", "CHALLENGE"], driver.Take());
        driver.CredentialAgain();
        Assert.Equal(["open tenant/printer []"], driver.Take());
    }

    // One and the same work and frames, whichever of the two it is; a device whose key could not be asked for is not told that it is wrong.
    [Theory]
    [InlineData(true, true, CloseReason.Unauthorized)]
    [InlineData(false, true, CloseReason.Unauthorized)]
    [InlineData(true, false, CloseReason.StoreUnavailable)]
    [InlineData(false, false, CloseReason.StoreUnavailable)]
    public void Login_WrongKeyOrUnknownDeviceAskedAgain_SameFrames(bool known, bool isCurrent, CloseReason reason)
    {
        var driver = new SessionDriver { AsksAgain = true };
        driver.Hello();
        driver.Credential(known);
        driver.Prove(known ? new byte[ProtocolLimits.KeyBytes] : SessionDriver.Key);
        Assert.Equal(["lookup tenant/printer", "ask tenant/printer", "CHALLENGE"], driver.Take());
        driver.CredentialAgain(known, isCurrent);
        Assert.Equal([$"close {reason}", $"REFUSED {reason} {CloseReasonRetry.AfterMs(reason)} 0 '{CloseReasonText.Of(reason)}'"], driver.Take());
    }

    [Fact]
    public void Hello_ChecksumFlag_IsKeptForEveryFrame()
    {
        var driver = new SessionDriver(flags: FrameFlags.Checksum);
        driver.Hello();
        driver.Credential();
        Assert.Equal(["lookup tenant/printer", "+CHALLENGE"], driver.Take());
        driver.Prove();
        driver.Opened(new DeviceOpened([], []));
        driver.Receive(o => FrameWriter.WriteHeartbeat(o, FrameFlags.Checksum));
        Assert.Equal(["open tenant/printer []", "+WELCOME epoch=5 heartbeat=60000 window=16 resumed=False lost=0 []", "+HEARTBEAT"], driver.Take());
    }

    [Fact]
    public void Hello_DamagedChecksum_IsBadFrame()
    {
        var driver = new SessionDriver(flags: FrameFlags.Checksum).Live();
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        FrameWriter.WriteAck(bytes, FrameFlags.Checksum, SessionDriver.Stream, 0);
        var damaged = bytes.WrittenSpan.ToArray();
        damaged[^5] ^= 1;
        driver.Take();
        driver.Receive(damaged);
        Assert.Equal("close BadFrame", driver.Take()[0]);
    }

    [Theory]
    [InlineData("", "printer", "")]
    [InlineData("tenant", "", "")]
    [InlineData("ten ant", "printer", "")]
    [InlineData("tenant", "prin/ter", "")]
    [InlineData("tenant", "printer", "st.ore")]
    public void Hello_IllegalName_IsBadHello(string tenant, string device, string store)
    {
        var driver = new SessionDriver();
        driver.Receive(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, SessionDriver.ClientNonce, tenant, device, store, "", [], []));
        Assert.Equal(["close BadHello", Refused(CloseReason.BadHello)], driver.Take());
    }

    [Fact]
    public void Hello_IllegalTag_IsBadHello()
    {
        var driver = new SessionDriver();
        driver.Receive(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, SessionDriver.ClientNonce, "t", "d", "", "", ["a b"], []));
        Assert.Equal("close BadHello", driver.Take()[0]);
    }

    [Fact]
    public void Hello_CutOff_IsBadFrame()
    {
        var driver = new SessionDriver();
        driver.Receive([0xD7, 1, 0, (byte)FrameType.Hello, 0, 0, 0, 3, 1, 2, 3]);
        Assert.Equal("close BadFrame", driver.Take()[0]);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 1)]
    [InlineData(65535, 256)]
    public void Hello_WindowProposed_IsGrantedWithinBounds(int proposed, int granted)
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening, (ushort)proposed);
        driver.Opened(new DeviceOpened([], []));
        Assert.Contains($"window={granted} ", driver.Take()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u, 60_000)]
    [InlineData(1u, 5_000)]
    [InlineData(30_000u, 30_000)]
    [InlineData(uint.MaxValue, 600_000)]
    public void Hello_HeartbeatProposed_IsGrantedWithinBoundsAndKept(uint proposed, int granted)
    {
        var driver = new SessionDriver();
        driver.Hello(0, proposed);
        driver.Credential();
        driver.Prove();
        driver.Opened(new DeviceOpened([], []));
        Assert.Contains($"heartbeat={granted} ", driver.Take()[^1], StringComparison.Ordinal);
        Assert.Equal(driver.NowMs + (granted * 3L / 2) + 5_000, driver.Session.NextDueMs);
    }

    [Theory]
    [InlineData(SessionPhase.Greeting)]
    [InlineData(SessionPhase.Identifying)]
    [InlineData(SessionPhase.Proving)]
    [InlineData(SessionPhase.Opening)]
    public void OnTimer_LoginNotFinished_IsLoginTimeoutFromAccept(SessionPhase phase)
    {
        var driver = new SessionDriver();
        Assert.Equal(11_000, driver.Session.NextDueMs);
        driver.NowMs = 5_000;
        driver.Until(phase);
        Assert.Equal(11_000, driver.Session.NextDueMs);
        driver.NowMs = 10_999;
        driver.Timer();
        Assert.Empty(driver.Take());
        driver.NowMs = 11_000;
        driver.Timer();
        Assert.Equal(["close LoginTimeout", $"REFUSED LoginTimeout 0 0 '{CloseReasonText.Of(CloseReason.LoginTimeout)}'"], driver.Take());
        Assert.Equal(long.MaxValue, driver.Session.NextDueMs);
    }

    [Fact]
    public void OnOpenFailed_Opening_IsStoreUnavailableWithAPause()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Session.OnOpenFailed(driver);
        Assert.Equal(["close StoreUnavailable", $"REFUSED StoreUnavailable 5000 0 '{CloseReasonText.Of(CloseReason.StoreUnavailable)}'"], driver.Take());
        driver.Opened(new DeviceOpened([], []));
        Assert.Empty(driver.Take());
        Assert.Equal(0UL, driver.Session.Epoch);
    }

    [Fact]
    public void OnOpened_Resets_FollowTheWelcomeInOrder()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Opened(new DeviceOpened([new StreamState(9, 0, 2)], [new StreamReset(7, 9, 3), new StreamReset(8, 9, 4)]));
        Assert.Equal(
            ["read 9:0 16 262144", "WELCOME epoch=5 heartbeat=60000 window=16 resumed=False lost=7 [9:0]", "RESET 7>9 3", "RESET 8>9 4"],
            driver.Take());
    }

    [Fact]
    public void OnOpened_LossNotKnown_IsSaidSo()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Opened(new DeviceOpened([new StreamState(9, 0, 0)], [new StreamReset(7, 9, uint.MaxValue), new StreamReset(8, 9, 4)]));
        Assert.Contains("lost=4294967295 ", driver.Take()[0], StringComparison.Ordinal);
    }

    [Fact]
    public void OnStored_WhileOpening_IsReadAfterTheWelcome()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Stored(1);
        Assert.Empty(driver.Take());
        driver.Opened(new DeviceOpened([], []));
        Assert.Equal(["read 7:0 16 262144", "WELCOME epoch=5 heartbeat=60000 window=16 resumed=False lost=0 []"], driver.Take());
    }

    private static string Refused(CloseReason reason) => $"REFUSED {reason} 60000 0 '{CloseReasonText.Of(reason)}'";
}
