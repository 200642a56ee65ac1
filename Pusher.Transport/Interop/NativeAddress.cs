using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary><c>sockaddr_in</c> and <c>sockaddr_in6</c> of ip(7) and ipv6(7): family in host order, port in network order, then the address.</summary>
internal static class NativeAddress
{
    /// <summary>Size of the larger one, sockaddr_in6.</summary>
    public const int BytesMax = 28;

    private const ushort FamilyV4 = 2;
    private const ushort FamilyV6 = 10;
    private const int BytesV4 = 16;
    private const int OffsetV4 = 4;
    private const int OffsetV6 = 8;
    private const int LengthV4 = 4;
    private const int LengthV6 = 16;
    private const int ScopeOffsetV6 = 24;

    public static int FamilyOf(IPEndPoint endPoint) => endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? FamilyV6 : FamilyV4;

    /// <summary>Writes an address and returns its length.</summary>
    public static int Write(IPEndPoint endPoint, Span<byte> native)
    {
        native.Clear();
        MemoryMarshal.Write(native, (ushort)FamilyOf(endPoint));
        BinaryPrimitives.WriteUInt16BigEndian(native[2..], (ushort)endPoint.Port);
        if (endPoint.AddressFamily != AddressFamily.InterNetworkV6)
        {
            endPoint.Address.TryWriteBytes(native[OffsetV4..], out _);
            return BytesV4;
        }

        endPoint.Address.TryWriteBytes(native[OffsetV6..], out _);
        MemoryMarshal.Write(native[ScopeOffsetV6..], (uint)endPoint.Address.ScopeId);
        return BytesMax;
    }

    /// <summary>Reads an address; an IPv4 peer of an IPv6 socket is given as what it is.</summary>
    public static PeerAddress Read(ReadOnlySpan<byte> native)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(native[2..]);
        return MemoryMarshal.Read<ushort>(native) == FamilyV6
            ? new PeerAddress(native.Slice(OffsetV6, LengthV6), port, MemoryMarshal.Read<uint>(native[ScopeOffsetV6..]))
            : new PeerAddress(native.Slice(OffsetV4, LengthV4), port);
    }
}
