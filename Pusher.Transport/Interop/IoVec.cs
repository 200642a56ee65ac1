using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary><c>struct iovec</c> of writev(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct IoVec
{
    private readonly nint _base;
    private readonly nuint _length;

    private IoVec(nint address, nuint length)
    {
        _base = address;
        _length = length;
    }

    /// <summary>A part of an array on the pinned heap, which the caller keeps reachable for as long as the result is used.</summary>
    public static unsafe IoVec OfPinned(byte[] array, int start, int length)
    {
        ReadOnlySpan<byte> part = array.AsSpan(start, length);

        // SAFETY: a pinned array does not move, so its address stays good; the span above checked that the part lies inside.
        return new IoVec((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(part)), (nuint)part.Length);
    }
}
