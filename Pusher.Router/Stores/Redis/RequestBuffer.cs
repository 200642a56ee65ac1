using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// The requests of one script, packed as <c>batch.lua</c> reads them: big-endian integers, texts behind their length. One argument for all of them, for
/// each argument costs client and server an object.
/// </summary>
/// <remarks>Threading: the lane's that owns it.</remarks>
internal sealed class RequestBuffer
{
    private const ulong SeqMax = (1UL << 48) - 1;
    private const int BytesAtFirst = 4_096;

    private byte[] _bytes = [];
    private int _used;

    /// <summary>A request's letter, its partition and its device.</summary>
    public void AddHead(char letter, in StoreRequest request)
    {
        AddByte((byte)letter);
        AddText(Partition.Tag(request.Partition));
        AddDevice(request.Device);
    }

    public void AddByte(byte value) => Take(1)[0] = value;

    public void AddUInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), (ushort)Math.Clamp(value, 0, ushort.MaxValue));

    public void AddUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>Six bytes. What a device claims to have seen beyond them is beyond every stream all the same.</summary>
    public void AddSeq(ulong value)
    {
        var bytes = Take(6);
        var bounded = Math.Min(value, SeqMax);
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bounded >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)bounded);
    }

    /// <summary>Six bytes of Unix milliseconds; 0 for what is before them.</summary>
    public void AddTime(long unixMs) => AddSeq((ulong)Math.Max(0, unixMs));

    /// <summary>At most 255 characters of ASCII.</summary>
    public void AddText(string text)
    {
        AddByte(checked((byte)text.Length));
        Encoding.ASCII.GetBytes(text, Take(text.Length));
    }

    /// <summary>An id in decimal.</summary>
    public void AddId(ulong id)
    {
        Span<byte> digits = stackalloc byte[20];
        id.TryFormat(digits, out var count, default, null);
        AddByte((byte)count);
        digits[..count].CopyTo(Take(count));
    }

    /// <summary>Four bytes, the length of what follows.</summary>
    public void AddLength(int bytes) => AddUInt32((uint)bytes);

    public void AddBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>Bytes of an id in decimal.</summary>
    public static int DigitsOf(ulong id)
    {
        var digits = 1;
        for (; id >= 10; id /= 10)
        {
            digits++;
        }

        return digits;
    }

    /// <summary>A number for a new stream, never 0: scripts have no randomness of their own.</summary>
    public void AddNewStream()
    {
        Span<byte> drawn = stackalloc byte[4];
        do
        {
            RandomNumberGenerator.Fill(drawn);
        }
        while (BinaryPrimitives.ReadUInt32BigEndian(drawn) == 0);
        drawn.CopyTo(Take(4));
    }

    /// <summary>What was added, in an array of the shared pool that is the caller's from now on; the buffer is empty then.</summary>
    public ReadOnlyMemory<byte> Detach(out byte[] pooled)
    {
        pooled = _bytes;
        var written = pooled.AsMemory(0, _used);
        (_bytes, _used) = ([], 0);
        return written;
    }

    private void AddDevice(in DeviceKey device)
    {
        AddByte(checked((byte)(device.Tenant.Length + 1 + device.Device.Length)));
        Encoding.ASCII.GetBytes(device.Tenant, Take(device.Tenant.Length));
        Take(1)[0] = (byte)'/';
        Encoding.ASCII.GetBytes(device.Device, Take(device.Device.Length));
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _used < count)
        {
            Grow(count);
        }

        _used += count;
        return _bytes.AsSpan(_used - count, count);
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(BytesAtFirst, Math.Max(2 * _bytes.Length, _used + count)));
        _bytes.AsSpan(0, _used).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
