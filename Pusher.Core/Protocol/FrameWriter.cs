using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Core.Protocol;

/// <summary>
/// Writes whole frames, without allocating. A value out of its bounds (<see cref="ProtocolLimits"/>) is a defect of the caller:
/// <see cref="ArgumentException"/>, and nothing is written. The layouts stand at the frames' types.
/// </summary>
public static class FrameWriter
{
    /// <summary>See <see cref="HelloFrame"/>. Names must be legal; a store may be empty. An order without an instance is not said.</summary>
    public static void WriteHello(
        IBufferWriter<byte> output,
        FrameFlags flags,
        ushort window,
        uint heartbeatMs,
        ReadOnlySpan<byte> clientNonce,
        string tenant,
        string device,
        string store,
        string clientVersion,
        ReadOnlySpan<string> tags,
        ReadOnlySpan<StreamPosition> streams,
        LoginOrder order = default)
    {
        RequireLength(clientNonce.Length, ProtocolLimits.ClientNonceBytes, nameof(clientNonce));
        RequireAtMost(tags.Length, ProtocolLimits.TagsMax, nameof(tags));
        RequireAtMost(streams.Length, ProtocolLimits.StreamsMax, nameof(streams));
        var tenantBytes = Str8.Measure(tenant, Identifier.LengthMax, nameof(tenant));
        var deviceBytes = Str8.Measure(device, Identifier.LengthMax, nameof(device));
        var storeBytes = Str8.Measure(store, Identifier.LengthMax, nameof(store));
        var versionBytes = Str8.Measure(clientVersion, ProtocolLimits.ClientVersionLengthMax, nameof(clientVersion));
        var length = 2 + 4 + clientNonce.Length + 4 + tenantBytes + deviceBytes + storeBytes + versionBytes
            + MeasureList(tags, Identifier.LengthMax, nameof(tags)) + MeasurePositions(streams)
            + (order.Instance == 0 ? 0 : TlvReader.HeadSize + ProtocolLimits.AttemptBytes);

        var frame = new FrameBuilder(output, flags, FrameType.Hello, length);
        frame.UInt16(window);
        frame.UInt32(heartbeatMs);
        frame.Bytes(clientNonce);
        frame.Str8(tenant, tenantBytes);
        frame.Str8(device, deviceBytes);
        frame.Str8(store, storeBytes);
        frame.Str8(clientVersion, versionBytes);
        WriteList(ref frame, tags);
        WritePositions(ref frame, streams);
        if (order.Instance != 0)
        {
            frame.Attempt(order);
        }

        frame.Complete();
    }

    /// <summary>See <see cref="ChallengeFrame"/>.</summary>
    public static void WriteChallenge(IBufferWriter<byte> output, FrameFlags flags, ReadOnlySpan<byte> serverNonce)
    {
        RequireLength(serverNonce.Length, ProtocolLimits.ServerNonceBytes, nameof(serverNonce));
        WriteBytes(output, flags, FrameType.Challenge, serverNonce);
    }

    /// <summary>See <see cref="ProofFrame"/>.</summary>
    public static void WriteProof(IBufferWriter<byte> output, FrameFlags flags, ReadOnlySpan<byte> proof)
    {
        RequireLength(proof.Length, ProtocolLimits.KeyBytes, nameof(proof));
        WriteBytes(output, flags, FrameType.Proof, proof);
    }

    /// <summary>See <see cref="WelcomeFrame"/>. The heartbeat must not be 0.</summary>
    public static void WriteWelcome(
        IBufferWriter<byte> output,
        FrameFlags flags,
        in WelcomeValues values,
        string node,
        ReadOnlySpan<StreamPosition> streams)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.HeartbeatMs);
        RequireAtMost(streams.Length, ProtocolLimits.StreamsMax, nameof(streams));
        var nodeBytes = Str8.Measure(node, Identifier.LengthMax, nameof(node));

        var frame = new FrameBuilder(output, flags, FrameType.Welcome, 31 + 1 + nodeBytes + MeasurePositions(streams));
        frame.UInt64(values.Epoch);
        frame.UInt64(UnixTime.ToWire(values.ServerTimeUnixMs));
        frame.UInt32(values.HeartbeatMs);
        frame.UInt32(values.PayloadBytesMax);
        frame.UInt16(values.Window);
        frame.Byte(values.Resumed ? WelcomeFrame.ResumedFlag : (byte)0);
        frame.UInt32(values.Lost);
        frame.Str8(node, nodeBytes);
        WritePositions(ref frame, streams);
        frame.Complete();
    }

    /// <summary>See <see cref="FarewellFrame"/>. A text over its limit is cut.</summary>
    public static void WriteRefused(
        IBufferWriter<byte> output,
        FrameFlags flags,
        CloseReason reason,
        uint retryAfterMs,
        ReadOnlySpan<string> elsewhere,
        string text)
        => WriteFarewell(output, flags, FrameType.Refused, reason, retryAfterMs, elsewhere, text);

    /// <summary>See <see cref="FarewellFrame"/>. A text over its limit is cut.</summary>
    public static void WriteGoAway(
        IBufferWriter<byte> output,
        FrameFlags flags,
        CloseReason reason,
        uint retryAfterMs,
        ReadOnlySpan<string> elsewhere,
        string text)
        => WriteFarewell(output, flags, FrameType.GoAway, reason, retryAfterMs, elsewhere, text);

    /// <summary>A header and no payload.</summary>
    public static void WriteHeartbeat(IBufferWriter<byte> output, FrameFlags flags)
        => WriteBytes(output, flags, FrameType.Heartbeat, default);

    /// <summary>See <see cref="SettingsFrame"/>. The heartbeat must not be 0.</summary>
    public static void WriteSettings(IBufferWriter<byte> output, FrameFlags flags, uint heartbeatMs, ushort window)
    {
        ArgumentOutOfRangeException.ThrowIfZero(heartbeatMs);
        var frame = new FrameBuilder(output, flags, FrameType.Settings, 4 + 2);
        frame.UInt32(heartbeatMs);
        frame.UInt16(window);
        frame.Complete();
    }

    /// <summary>See <see cref="PushHead"/>. That the body fits the peer's limit is the caller's business.</summary>
    public static void WritePush(IBufferWriter<byte> output, FrameFlags flags, in PushHead head, ReadOnlySpan<byte> body)
    {
        var frame = new FrameBuilder(output, flags, FrameType.Push, PushHead.Size + body.Length);
        frame.UInt64(head.MessageId);
        frame.UInt32(head.Stream);
        frame.UInt64(head.Seq);
        frame.Byte((byte)head.Flags);
        frame.Byte(head.Priority);
        frame.UInt16(0);
        frame.UInt64(UnixTime.ToWire(head.ExpiresAtUnixMs));
        frame.Bytes(body);
        frame.Complete();
    }

    /// <summary>See <see cref="AckFrame"/>.</summary>
    public static void WriteAck(IBufferWriter<byte> output, FrameFlags flags, uint stream, ulong seq)
    {
        var frame = new FrameBuilder(output, flags, FrameType.Ack, PayloadReader.PositionSize);
        frame.Position(new StreamPosition(stream, seq));
        frame.Complete();
    }

    /// <summary>See <see cref="DoneFrame"/>. A text over its limit is cut.</summary>
    public static void WriteDone(
        IBufferWriter<byte> output,
        FrameFlags flags,
        ulong messageId,
        DeliveryResult result,
        ReadOnlySpan<char> text)
    {
        var textBytes = Str8.Cut(ref text);
        var frame = new FrameBuilder(output, flags, FrameType.Done, 8 + 2 + 1 + textBytes);
        frame.UInt64(messageId);
        frame.UInt16((ushort)result);
        frame.Str8(text, textBytes);
        frame.Complete();
    }

    /// <summary>See <see cref="SkippedFrame"/>. The range must not be empty.</summary>
    public static void WriteSkipped(
        IBufferWriter<byte> output,
        FrameFlags flags,
        uint stream,
        ulong firstSeq,
        ulong lastSeq,
        SkipReason reason)
    {
        ArgumentOutOfRangeException.ThrowIfZero(firstSeq);
        ArgumentOutOfRangeException.ThrowIfLessThan(lastSeq, firstSeq);
        var frame = new FrameBuilder(output, flags, FrameType.Skipped, 4 + 8 + 8 + 1);
        frame.UInt32(stream);
        frame.UInt64(firstSeq);
        frame.UInt64(lastSeq);
        frame.Byte((byte)reason);
        frame.Complete();
    }

    /// <summary>See <see cref="ResetFrame"/>.</summary>
    public static void WriteReset(IBufferWriter<byte> output, FrameFlags flags, uint oldStream, uint newStream, uint lost)
    {
        var frame = new FrameBuilder(output, flags, FrameType.Reset, 4 + 4 + 4);
        frame.UInt32(oldStream);
        frame.UInt32(newStream);
        frame.UInt32(lost);
        frame.Complete();
    }

    /// <summary>See <see cref="EventFrame"/>. The name must be a legal identifier.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, FrameFlags flags, ulong eventId, string name, ReadOnlySpan<byte> body)
    {
        var nameBytes = Str8.Measure(name, Identifier.LengthMax, nameof(name));
        var frame = new FrameBuilder(output, flags, FrameType.Event, 8 + 1 + nameBytes + body.Length);
        frame.UInt64(eventId);
        frame.Str8(name, nameBytes);
        frame.Bytes(body);
        frame.Complete();
    }

    /// <summary>See <see cref="EventAckFrame"/>.</summary>
    public static void WriteEventAck(IBufferWriter<byte> output, FrameFlags flags, ulong eventId, EventStatus status)
    {
        var frame = new FrameBuilder(output, flags, FrameType.EventAck, 8 + 1);
        frame.UInt64(eventId);
        frame.Byte((byte)status);
        frame.Complete();
    }

    /// <summary>See <see cref="RecallFrame"/>.</summary>
    public static void WriteRecall(IBufferWriter<byte> output, FrameFlags flags, ulong messageId)
    {
        var frame = new FrameBuilder(output, flags, FrameType.Recall, 8);
        frame.UInt64(messageId);
        frame.Complete();
    }

    private static void WriteFarewell(
        IBufferWriter<byte> output,
        FrameFlags flags,
        FrameType type,
        CloseReason reason,
        uint retryAfterMs,
        ReadOnlySpan<string> elsewhere,
        ReadOnlySpan<char> text)
    {
        RequireAtMost(elsewhere.Length, ProtocolLimits.ElsewhereMax, nameof(elsewhere));
        var textBytes = Str8.Cut(ref text);
        var length = 2 + 4 + MeasureList(elsewhere, ProtocolLimits.AddressBytesMax, nameof(elsewhere)) + 1 + textBytes;
        var frame = new FrameBuilder(output, flags, type, length);
        frame.UInt16((ushort)reason);
        frame.UInt32(retryAfterMs);
        WriteList(ref frame, elsewhere);
        frame.Str8(text, textBytes);
        frame.Complete();
    }

    private static void WriteBytes(IBufferWriter<byte> output, FrameFlags flags, FrameType type, ReadOnlySpan<byte> payload)
    {
        var frame = new FrameBuilder(output, flags, type, payload.Length);
        frame.Bytes(payload);
        frame.Complete();
    }

    private static int MeasureList(ReadOnlySpan<string> values, int bytesMax, string name)
    {
        var length = 1;
        foreach (var value in values)
        {
            length += 1 + Str8.Measure(value, bytesMax, name);
        }

        return length;
    }

    private static int MeasurePositions(ReadOnlySpan<StreamPosition> positions) => 1 + (positions.Length * PayloadReader.PositionSize);

    private static void WriteList(ref FrameBuilder frame, ReadOnlySpan<string> values)
    {
        frame.Byte((byte)values.Length);
        foreach (var value in values)
        {
            frame.Str8(value);
        }
    }

    private static void WritePositions(ref FrameBuilder frame, ReadOnlySpan<StreamPosition> positions)
    {
        frame.Byte((byte)positions.Length);
        foreach (var position in positions)
        {
            frame.Position(position);
        }
    }

    private static void RequireLength(int actual, int expected, string name)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"{name} has {actual} bytes; it needs {expected}.", name);
        }
    }

    private static void RequireAtMost(int actual, int most, string name)
    {
        if (actual > most)
        {
            throw new ArgumentException($"{name} has {actual} entries; {most} is the most.", name);
        }
    }
}
