namespace Pusher.Transport.Interop;

/// <summary>Error numbers of asm-generic/errno.h, the same on x86-64 and arm64.</summary>
internal static class Errno
{
    public const int Interrupted = 4;
    public const int Again = 11;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int ProtocolError = 71;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int ConnectionRefused = 111;
    public const int InProgress = 115;
}
