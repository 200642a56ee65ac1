using Pusher.Core.Messages;

namespace Pusher.Core.Protocol;

/// <summary>
/// WELCOME, server to device. The spans point into the payload.
/// <code>
/// u64 session epoch | u64 server time Unix ms | u32 heartbeat ms (never 0) | u32 payload bytes max | u16 window |
/// u8 flags (1 = resumed) | u32 lost | str8 node | u8 stream count, pos each | TLVs to the end
/// </code>
/// </summary>
public readonly ref struct WelcomeFrame
{
    /// <summary>The flag bit for <see cref="Resumed"/>.</summary>
    internal const byte ResumedFlag = 1;

    private ReadOnlySpan<byte> Streams { get; init; }

    /// <summary>All numbers together, as a writer takes them.</summary>
    public WelcomeValues Values { get; private init; }

    /// <inheritdoc cref="WelcomeValues.Epoch"/>
    public ulong Epoch => Values.Epoch;

    /// <inheritdoc cref="WelcomeValues.ServerTimeUnixMs"/>
    public long ServerTimeUnixMs => Values.ServerTimeUnixMs;

    /// <inheritdoc cref="WelcomeValues.HeartbeatMs"/>
    public uint HeartbeatMs => Values.HeartbeatMs;

    /// <inheritdoc cref="WelcomeValues.PayloadBytesMax"/>
    public uint PayloadBytesMax => Values.PayloadBytesMax;

    /// <inheritdoc cref="WelcomeValues.Window"/>
    public ushort Window => Values.Window;

    /// <inheritdoc cref="WelcomeValues.Resumed"/>
    public bool Resumed => Values.Resumed;

    /// <inheritdoc cref="WelcomeValues.Lost"/>
    public uint Lost => Values.Lost;

    /// <summary>The name of the node, for logs.</summary>
    public ReadOnlySpan<byte> Node { get; private init; }

    /// <summary>0 to <see cref="ProtocolLimits.StreamsMax"/>.</summary>
    public int StreamCount { get; private init; }

    /// <summary>The extensions, structure checked; walk them with a <see cref="TlvReader"/>.</summary>
    public ReadOnlySpan<byte> Extensions { get; private init; }

    /// <summary>A stream and the seq through which the server holds it acknowledged; the next to come is one more.</summary>
    public StreamPosition GetStream(int index) => PayloadReader.GetPosition(Streams, index);

    /// <summary>False when the payload is cut off, a count is over its limit, or the heartbeat is 0: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out WelcomeFrame frame)
    {
        var reader = new PayloadReader(payload);
        if (TryReadValues(ref reader, out var values)
            && reader.TryReadStr8(out var node)
            && reader.TryReadPositions(ProtocolLimits.StreamsMax, out var streamCount, out var streams)
            && reader.TryReadExtensions(out var extensions))
        {
            frame = new WelcomeFrame
            {
                Values = values,
                Node = node,
                StreamCount = streamCount,
                Streams = streams,
                Extensions = extensions,
            };
            return true;
        }

        frame = default;
        return false;
    }

    private static bool TryReadValues(ref PayloadReader reader, out WelcomeValues values)
    {
        if (reader.TryReadUInt64(out var epoch)
            && reader.TryReadUInt64(out var serverTime)
            && reader.TryReadUInt32(out var heartbeatMs)
            && reader.TryReadUInt32(out var payloadBytesMax)
            && reader.TryReadUInt16(out var window)
            && reader.TryReadByte(out var flags)
            && reader.TryReadUInt32(out var lost)
            && heartbeatMs != 0)
        {
            values = new WelcomeValues
            {
                Epoch = epoch,
                ServerTimeUnixMs = UnixTime.FromWire(serverTime),
                HeartbeatMs = heartbeatMs,
                PayloadBytesMax = payloadBytesMax,
                Window = window,
                Resumed = (flags & ResumedFlag) != 0,
                Lost = lost,
            };
            return true;
        }

        values = default;
        return false;
    }
}
