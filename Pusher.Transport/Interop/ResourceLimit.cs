using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary><c>struct rlimit</c> of getrlimit(2) on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    /// <summary>The limit in force.</summary>
    public ulong Current;

    /// <summary>How far a process may raise it by itself.</summary>
    public ulong Maximum;
}
