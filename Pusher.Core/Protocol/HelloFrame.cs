using System.Buffers.Binary;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Core.Protocol;

/// <summary>
/// HELLO, device to server. The spans point into the payload.
/// <code>
/// u16 window proposed | u32 heartbeat ms proposed | 16 B client nonce | str8 tenant | str8 device | str8 store |
/// str8 client version | u8 tag count, str8 each | u8 stream count, pos each | TLVs to the end
/// </code>
/// </summary>
public readonly ref struct HelloFrame
{
    private ReadOnlySpan<byte> Tags { get; init; }

    private ReadOnlySpan<byte> Streams { get; init; }

    /// <summary>Messages the device would like to have unacknowledged; 0 = the server decides.</summary>
    public ushort Window { get; private init; }

    /// <summary>The heartbeat the device would like, in milliseconds; 0 = the server decides.</summary>
    public uint HeartbeatMs { get; private init; }

    /// <summary><see cref="ProtocolLimits.ClientNonceBytes"/> random bytes.</summary>
    public ReadOnlySpan<byte> ClientNonce { get; private init; }

    /// <summary>Tenant, unchecked: see <see cref="HasLegalNames"/>.</summary>
    public ReadOnlySpan<byte> Tenant { get; private init; }

    /// <summary>Device, unchecked: see <see cref="HasLegalNames"/>.</summary>
    public ReadOnlySpan<byte> Device { get; private init; }

    /// <summary>Store, may be empty; unchecked: see <see cref="HasLegalNames"/>.</summary>
    public ReadOnlySpan<byte> Store { get; private init; }

    /// <summary>Name and version of the client program, may be empty; unchecked: see <see cref="HasLegalNames"/>.</summary>
    public ReadOnlySpan<byte> ClientVersion { get; private init; }

    /// <summary>0 to <see cref="ProtocolLimits.TagsMax"/>.</summary>
    public int TagCount { get; private init; }

    /// <summary>0 to <see cref="ProtocolLimits.StreamsMax"/>.</summary>
    public int StreamCount { get; private init; }

    /// <summary>The extensions, structure checked; walk them with a <see cref="TlvReader"/>.</summary>
    public ReadOnlySpan<byte> Extensions { get; private init; }

    /// <summary>
    /// True when tenant, device, store and tags are legal by <see cref="Identifier"/> (the store may be empty) and the client
    /// version is 0 to 64 printable ASCII characters. False is <see cref="CloseReason.BadHello"/>.
    /// </summary>
    public bool HasLegalNames
    {
        get
        {
            for (var i = 0; i < TagCount; i++)
            {
                if (!Identifier.IsValid(GetTag(i)))
                {
                    return false;
                }
            }

            return Identifier.IsValid(Tenant)
                && Identifier.IsValid(Device)
                && (Store.IsEmpty || Identifier.IsValid(Store))
                && ClientVersion.Length <= ProtocolLimits.ClientVersionLengthMax
                && !ClientVersion.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        }
    }

    /// <summary>The tag number <paramref name="index"/>, unchecked: see <see cref="HasLegalNames"/>.</summary>
    public ReadOnlySpan<byte> GetTag(int index) => PayloadReader.GetStr8(Tags, index);

    /// <summary>The last seq that the device handed over in one of its streams.</summary>
    public StreamPosition GetStream(int index) => PayloadReader.GetPosition(Streams, index);

    /// <summary>
    /// The extension <see cref="TlvType.Attempt"/>, the last one when there are several; <c>default</c> when there is none. False when
    /// its length is wrong: <see cref="CloseReason.BadFrame"/>.
    /// </summary>
    public bool TryReadOrder(out LoginOrder order)
    {
        order = default;
        var reader = new TlvReader(Extensions);
        while (reader.TryRead(out var type, out var value))
        {
            if (type != TlvType.Attempt)
            {
                continue;
            }

            if (value.Length != ProtocolLimits.AttemptBytes)
            {
                return false;
            }

            order = new LoginOrder(BinaryPrimitives.ReadUInt64BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[sizeof(ulong)..]));
        }

        return true;
    }

    /// <summary>False when the payload is cut off, a TLV is, or a count is over its limit: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out HelloFrame frame)
    {
        var reader = new PayloadReader(payload);
        if (reader.TryReadUInt16(out var window)
            && reader.TryReadUInt32(out var heartbeatMs)
            && reader.TryReadBytes(ProtocolLimits.ClientNonceBytes, out var nonce)
            && reader.TryReadStr8(out var tenant)
            && reader.TryReadStr8(out var device)
            && reader.TryReadStr8(out var store)
            && reader.TryReadStr8(out var version)
            && reader.TryReadStr8List(ProtocolLimits.TagsMax, out var tagCount, out var tags)
            && reader.TryReadPositions(ProtocolLimits.StreamsMax, out var streamCount, out var streams)
            && reader.TryReadExtensions(out var extensions))
        {
            frame = new HelloFrame
            {
                Window = window,
                HeartbeatMs = heartbeatMs,
                ClientNonce = nonce,
                Tenant = tenant,
                Device = device,
                Store = store,
                ClientVersion = version,
                TagCount = tagCount,
                Tags = tags,
                StreamCount = streamCount,
                Streams = streams,
                Extensions = extensions,
            };
            return true;
        }

        frame = default;
        return false;
    }
}
