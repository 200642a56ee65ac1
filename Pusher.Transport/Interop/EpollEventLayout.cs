using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary>
/// Where the fields of <c>struct epoll_event { uint32_t events; uint64_t data; }</c> lie. sys/epoll.h packs it on x86-64, so that 32- and
/// 64-bit programs agree: 12 bytes. Everywhere else it is aligned: 16 bytes on arm64.
/// </summary>
internal readonly record struct EpollEventLayout(int Size, int DataOffset)
{
    public const int SizeMax = 16;

    public static readonly EpollEventLayout Packed = new(12, 4);

    public static readonly EpollEventLayout Aligned = new(16, 8);

    /// <summary>The layout of this process; the just-in-time compiler makes constants of it.</summary>
    public static readonly EpollEventLayout Current = For(RuntimeInformation.ProcessArchitecture);

    public static EpollEventLayout For(Architecture architecture) =>
        architecture is Architecture.X64 or Architecture.X86 ? Packed : Aligned;

    public EpollFlags Flags(ReadOnlySpan<byte> events, int index) => (EpollFlags)MemoryMarshal.Read<uint>(events[(index * Size)..]);

    public ulong Data(ReadOnlySpan<byte> events, int index) => MemoryMarshal.Read<ulong>(events[((index * Size) + DataOffset)..]);

    public void Write(Span<byte> events, int index, EpollFlags flags, ulong data)
    {
        Span<byte> one = events.Slice(index * Size, Size);
        one.Clear();
        MemoryMarshal.Write(one, (uint)flags);
        MemoryMarshal.Write(one[DataOffset..], data);
    }
}
