using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Pusher.Transport;

/// <summary>
/// Where a connection comes from: address and port in 24 bytes of its holder, where an <see cref="IPEndPoint"/> and its
/// <see cref="IPAddress"/> are two objects of 72 bytes. An IPv4 peer of an IPv6 socket is given as what it is. <c>default</c> is <c>[::]:0</c>.
/// </summary>
/// <remarks>IPv4 is kept as an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2), so no family has to be.</remarks>
public readonly record struct PeerAddress
{
    private const int LengthV4 = 4;
    private const int LengthV6 = 16;
    private const ulong MappedPrefix = 0xFFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;
    private readonly ushort _port;

    /// <param name="address">4 or 16 bytes in network order.</param>
    /// <param name="port">In host order.</param>
    /// <param name="scope">The interface of a link-local IPv6 address; 0 = none.</param>
    /// <exception cref="ArgumentException">The address is of another length.</exception>
    public PeerAddress(ReadOnlySpan<byte> address, ushort port, uint scope = 0)
    {
        _port = port;
        switch (address.Length)
        {
            case LengthV4:
                _low = MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(address);
                break;
            case LengthV6:
                _high = BinaryPrimitives.ReadUInt64BigEndian(address);
                _low = BinaryPrimitives.ReadUInt64BigEndian(address[8..]);
                _scope = IsIPv4 ? 0 : scope;
                break;
            default:
                throw new ArgumentException($"An address has {LengthV4} or {LengthV6} bytes, not {address.Length}.", nameof(address));
        }
    }

    /// <summary>True for an IPv4 peer, through whichever socket it came.</summary>
    public bool IsIPv4 => _high == 0 && _low >> 32 == MappedPrefix >> 32;

    /// <summary>The peer's port.</summary>
    public ushort Port => _port;

    /// <summary>The address alone, as an object.</summary>
    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[LengthV6];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
            return IsIPv4 ? new IPAddress(bytes[(LengthV6 - LengthV4)..]) : new IPAddress(bytes, _scope);
        }
    }

    /// <summary>The same as an <see cref="IPEndPoint"/>.</summary>
    public static PeerAddress From(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[LengthV6];
        endPoint.Address.TryWriteBytes(bytes, out int length);
        uint scope = endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)endPoint.Address.ScopeId : 0;
        return new PeerAddress(bytes[..length], (ushort)endPoint.Port, scope);
    }

    /// <summary>The same as an object.</summary>
    public IPEndPoint ToIPEndPoint() => new(Address, _port);

    /// <summary><c>127.0.0.1:7800</c> or <c>[::1]:7800</c>.</summary>
    public override string ToString() => ToIPEndPoint().ToString();
}
