using System.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>
/// The table of bad input: each row goes byte by byte through the codec and, when a device sends it, the real session, which
/// must answer at the byte that the row says, with the reason that it says, and close once.
/// </summary>
public sealed class BadInputTests
{
    private static readonly SessionTime Now = new(1_000, 1_767_225_600_000);

    public static TheoryData<ErrorVector> FromDevice => [.. ProtocolVectors.Errors.Where(e => e.Sender == "device")];

    public static TheoryData<ErrorVector> FromServer => [.. ProtocolVectors.Errors.Where(e => e.Sender == "server")];

    [Fact]
    public void Table_OfBadInput_IsLargeAndHasEveryReasonThatBytesCanCause()
    {
        Assert.True(FromDevice.Count >= 150);
        CloseReason[] byBytes =
        [
            CloseReason.BadFrame, CloseReason.UnsupportedVersion, CloseReason.TooLarge, CloseReason.WrongState, CloseReason.BadHello,
            CloseReason.Unauthorized, CloseReason.BadAck,
        ];
        Assert.Empty(byBytes.Except(ProtocolVectors.Errors.Select(e => e.Reason)));
    }

    [Theory]
    [MemberData(nameof(FromDevice), DisableDiscoveryEnumeration = true)]
    public void OnReceived_BadInput_IsAnsweredAtItsFirstIllegalByte(ErrorVector row)
    {
        var host = new RecordingHost();
        var session = Bring(row, host);
        var answerStart = host.Written.WrittenCount;
        var taken = FeedByteByByte(session, host, row.Bytes);

        Assert.Equal(row.Reason, host.Closed);
        Assert.Equal(row.At, taken);
        Assert.Equal(1, host.CloseCount);
        Assert.Equal(SessionPhase.Closed, session.Phase);
        AssertFarewell(row, host.Written.WrittenMemory[answerStart..]);
    }

    [Theory]
    [MemberData(nameof(FromDevice), DisableDiscoveryEnumeration = true)]
    public void OnReceived_BadInputInOneRead_IsAnsweredTheSame(ErrorVector row)
    {
        var host = new RecordingHost();
        var session = Bring(row, host);
        var answerStart = host.Written.WrittenCount;
        session.OnReceived(new ReadOnlySequence<byte>(row.Bytes), Now, host);

        Assert.Equal(row.Reason, host.Closed);
        AssertFarewell(row, host.Written.WrittenMemory[answerStart..]);
    }

    [Theory]
    [MemberData(nameof(FromServer), DisableDiscoveryEnumeration = true)]
    public void TryRead_BadInputForDevices_IsRefused(ErrorVector row)
    {
        var buffer = new ReadOnlySequence<byte>(row.Bytes);
        Assert.Equal(CloseReason.BadFrame, row.Reason);
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref buffer, row.Limit, out var header, out var payload, out _));
        Assert.Null(FrameFields.Read(header.Type, payload));
    }

    private static int FeedByteByByte(DeviceSession session, RecordingHost host, byte[] bytes)
    {
        var start = 0;
        for (var end = 1; end <= bytes.Length; end++)
        {
            var unread = new ReadOnlySequence<byte>(bytes, start, end - start);
            var consumed = session.OnReceived(unread, Now, host);
            if (host.Closed != CloseReason.None)
            {
                return end;
            }

            start += (int)unread.Slice(0, consumed).Length;
        }

        return -1;
    }

    /// <summary>What was answered before the end (heartbeats, say), and then one REFUSED or GOAWAY and nothing else.</summary>
    private static void AssertFarewell(ErrorVector row, ReadOnlyMemory<byte> written)
    {
        var buffer = new ReadOnlySequence<byte>(written);
        var last = default(FrameHeader);
        var lastPayload = ReadOnlySequence<byte>.Empty;
        while (FrameReader.TryRead(ref buffer, ProtocolLimits.LoginPayloadBytesMax, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            Assert.NotEqual(FrameType.Refused, last.Type);
            Assert.NotEqual(FrameType.GoAway, last.Type);
            (last, lastPayload) = (header, payload);
        }

        Assert.Equal(0, buffer.Length);
        Assert.Equal(row.State == "live" ? FrameType.GoAway : FrameType.Refused, last.Type);
        Assert.True(FarewellFrame.TryRead(lastPayload.FirstSpan, out var farewell));
        Assert.Equal(row.Reason, farewell.Reason);
        Assert.Equal(row.Reason is CloseReason.BadFrame or CloseReason.BadAck ? 1_000u : 60_000u, farewell.RetryAfterMs);
        Assert.False(farewell.Text.IsEmpty);
    }

    /// <summary>A session in the row's state, brought there by a real login.</summary>
    private static DeviceSession Bring(ErrorVector row, RecordingHost host)
    {
        var session = new DeviceSession(new SessionOptions(), Now);
        if (row.State == "greeting")
        {
            return session;
        }

        var login = ProtocolVectors.Logins[0];
        var flags = row.Checksum ? FrameFlags.Checksum : FrameFlags.None;
        var bytes = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(bytes, flags, 0, 0, Convert.FromHexString(login.ClientNonce), login.Tenant, login.Device, "", "", [], []);
        session.OnReceived(new ReadOnlySequence<byte>(bytes.WrittenMemory), Now, host);
        session.OnCredential(Convert.FromHexString(login.StoredKey), known: true, host);
        Assert.Equal(SessionPhase.Proving, session.Phase);
        if (row.State == "proving")
        {
            return session;
        }

        bytes = new ArrayBufferWriter<byte>();
        FrameWriter.WriteProof(bytes, flags, Convert.FromHexString(login.Proof));
        session.OnReceived(new ReadOnlySequence<byte>(bytes.WrittenMemory), Now, host);
        session.OnOpened(1, new DeviceOpened([new StreamState(7, 0, 0)], []), Now, host);
        Assert.Equal(SessionPhase.Live, session.Phase);
        Assert.Equal("live", row.State);
        return session;
    }
}
