using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// A file of fixed size, written round and round: a head of 32 bytes, then slots of 32 bytes (<see cref="RingSlot"/>). A
/// journal that overwrites its own oldest entries needs no compaction, so there is no moment at which two files exist and a
/// power cut could bring back the older one; and it cannot run out of disk, since all of it is allocated when it is made.
/// <code>head = "PSHRING1" | u32 slots | u64 owner (first bytes of SHA-256 of "tenant/device") | 8 x 0 | u32 CRC32C</code>
/// </summary>
/// <remarks>Threading: one thread at a time. Another process is kept out by a lock on the file.</remarks>
internal sealed class RingFile : IDisposable
{
    private static readonly byte[] Magic = "PSHRING1"u8.ToArray();
    private readonly SafeFileHandle _handle;
    private readonly byte[] _pending = new byte[RingSlot.Size * 64];
    private readonly int _slots;
    private int _next;
    private uint _lap = 1;
    private int _pendingCount;

    private RingFile(SafeFileHandle handle, int slots)
    {
        _handle = handle;
        _slots = slots;
    }

    /// <summary>Slots that could not be read when the file was opened; one torn by a power cut is normal.</summary>
    public int DamagedSlots { get; private set; }

    /// <summary>Slots written since the file was opened.</summary>
    public long Written { get; private set; }

    /// <summary>Slots in the file.</summary>
    public int Slots => _slots;

    /// <summary>Opens or makes a file; <paramref name="replay"/> gets what was written before, oldest first.</summary>
    public static RingFile Open(string path, DeviceKey owner, int slots, Action<RingSlot> replay)
    {
        var handle = OpenHandle(path);
        try
        {
            var head = Head(slots, owner);
            var file = new RingFile(handle, ReadHead(handle, path, head));
            file.Replay(replay);
            return file;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Adds a slot; it reaches the file with <see cref="Flush"/>, or before when many are waiting.</summary>
    public void Add(in RingSlot slot)
    {
        if (_pendingCount * RingSlot.Size == _pending.Length || _next + _pendingCount == _slots)
        {
            WritePending();
        }

        (slot with { Lap = _lap }).Write(_pending.AsSpan(_pendingCount * RingSlot.Size));
        _pendingCount++;
        Written++;
    }

    /// <summary>Writes what waits; with <paramref name="toDisk"/> it is on the medium when this returns.</summary>
    public void Flush(bool toDisk)
    {
        WritePending();
        if (toDisk)
        {
            RandomAccess.FlushToDisk(_handle);
        }
    }

    public void Dispose() => _handle.Dispose();

    private void WritePending()
    {
        if (_pendingCount > 0)
        {
            RandomAccess.Write(_handle, _pending.AsSpan(0, _pendingCount * RingSlot.Size), OffsetOf(_next));
            _next += _pendingCount;
            _pendingCount = 0;
        }

        if (_next == _slots)
        {
            _next = 0;
            _lap++;
        }
    }

    private void Replay(Action<RingSlot> replay)
    {
        var bytes = new byte[_slots * RingSlot.Size];
        var length = RandomAccess.Read(_handle, bytes, OffsetOf(0));
        DamagedSlots = length % RingSlot.Size == 0 ? 0 : 1;
        bytes.AsSpan(length - (length % RingSlot.Size)).Clear();
        var found = new List<(RingSlot Slot, int Index)>();
        for (var index = 0; index < _slots; index++)
        {
            if (!RingSlot.TryRead(bytes.AsSpan(index * RingSlot.Size, RingSlot.Size), out var slot))
            {
                DamagedSlots++;
            }
            else if (slot.Kind != RingSlotKind.Empty)
            {
                found.Add((slot, index));
            }
        }

        found.Sort((a, b) => a.Slot.Lap != b.Slot.Lap ? a.Slot.Lap.CompareTo(b.Slot.Lap) : a.Index.CompareTo(b.Index));
        found.ForEach(f => replay(f.Slot));
        if (found.Count > 0)
        {
            _lap = found[^1].Slot.Lap;
            _next = found[^1].Index + 1;
            WritePending();
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RingFileException(
                $"The ring file '{path}' cannot be opened: {e.Message} Check that its directory exists and may be written, and that no other client uses it.",
                e);
        }
    }

    /// <summary>The number of slots, from the head; a file whose making was cut short (empty, zeros, or the beginning of a head) is made new.</summary>
    private static int ReadHead(SafeFileHandle handle, string path, ReadOnlySpan<byte> wanted)
    {
        Span<byte> head = stackalloc byte[RingSlot.Size];
        head = head[..RandomAccess.Read(handle, head, 0)];
        if ((head.Length < RingSlot.Size && wanted.StartsWith(head)) || !head.ContainsAnyExcept((byte)0))
        {
            var slots = BinaryPrimitives.ReadInt32BigEndian(wanted[8..]);
            RandomAccess.Write(handle, new byte[(slots + 1) * RingSlot.Size], 0);
            RandomAccess.FlushToDisk(handle);
            RandomAccess.Write(handle, wanted, 0);
            RandomAccess.FlushToDisk(handle);
            return slots;
        }

        if (!head.StartsWith(Magic) || head.Length < RingSlot.Size || BinaryPrimitives.ReadUInt32BigEndian(head[28..]) != Crc32C.Compute(head[..28]))
        {
            throw new RingFileException(
                $"'{path}' is no ring file, or its head is damaged. Name another file; or, if it was one, delete it: messages being sent again right now may then be printed twice.");
        }

        if (!head[12..20].SequenceEqual(wanted[12..20]))
        {
            throw new RingFileException($"The ring file '{path}' belongs to another device. Every device needs its own.");
        }

        return BinaryPrimitives.ReadInt32BigEndian(head[8..]);
    }

    private static byte[] Head(int slots, DeviceKey owner)
    {
        var head = new byte[RingSlot.Size];
        Magic.CopyTo(head, 0);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(8), slots);
        SHA256.HashData(Encoding.ASCII.GetBytes(owner.ToString())).AsSpan(0, 8).CopyTo(head.AsSpan(12));
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(28), Crc32C.Compute(head.AsSpan(0, 28)));
        return head;
    }

    private static long OffsetOf(int slot) => (slot + 1L) * RingSlot.Size;
}
