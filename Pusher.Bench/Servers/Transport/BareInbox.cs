using System.Buffers.Binary;
using Pusher.Transport;

namespace Pusher.Bench.Servers.Transport;

/// <summary>
/// Messages that other reactors have for this one's connections, as bytes in one of two buffers:
/// <code>
/// i32 slot (-1 = all) | u32 generation | u8 qos | i32 length | body
/// </code>
/// </summary>
/// <remarks>Threading: <see cref="Post"/> from any thread; <see cref="Take"/> on the reactor's only, and its result is good until the next call.</remarks>
internal sealed class BareInbox
{
    public const int HeadBytes = 4 + 4 + 1 + 4;
    public const int All = -1;

    private readonly Lock _gate = new();
    private byte[] _filling = new byte[64 * 1024];
    private byte[] _taken = new byte[64 * 1024];
    private int _filled;

    public void Post(ConnectionId connection, int qos, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            var needed = _filled + HeadBytes + body.Length;
            if (needed > _filling.Length)
            {
                Array.Resize(ref _filling, Math.Max(needed, 2 * _filling.Length));
            }

            var to = _filling.AsSpan(_filled);
            BinaryPrimitives.WriteInt32BigEndian(to, connection.Slot);
            BinaryPrimitives.WriteUInt32BigEndian(to[4..], connection.Generation);
            to[8] = (byte)qos;
            BinaryPrimitives.WriteInt32BigEndian(to[9..], body.Length);
            body.CopyTo(to[HeadBytes..]);
            _filled = needed;
        }
    }

    public ReadOnlySpan<byte> Take()
    {
        lock (_gate)
        {
            (_filling, _taken) = (_taken, _filling);
            var taken = _taken.AsSpan(0, _filled);
            _filled = 0;
            return taken;
        }
    }
}
