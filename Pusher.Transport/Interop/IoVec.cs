using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary><c>struct iovec</c> of writev(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVec
{
    public nint Base;
    public nuint Length;
}
