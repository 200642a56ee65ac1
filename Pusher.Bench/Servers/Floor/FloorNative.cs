using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace Pusher.Bench.Servers.Floor;

/// <summary>The system calls of the floor. Results are as the kernel gives them: what is negative is an error number.</summary>
internal static partial class FloorNative
{
    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint ReadHangUp = 0x2000;
    public const uint EdgeTriggered = 1u << 31;
    public const int Add = 1;
    public const int Change = 3;
    public const int Again = 11;

    private const string Library = "libc";
    private const int StreamSocket = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int InternetFamily = 2;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int ReusePort = 15;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int NoSignal = 0x4000;
    private const int Backlog = 4096;
    private const int AddressBytes = 16;

    /// <summary>Size of epoll_event: packed on x86-64 only.</summary>
    public static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where an epoll_event has its data.</summary>
    public static readonly int EventData = EventBytes - 8;

    /// <summary>All descriptors of this process are lower. The runtime has raised the limit as far as it may.</summary>
    public static int DescriptorsMax()
    {
        const int Most = 1 << 20;
        var limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture, out var files) ? Math.Min(files, Most) : Most;
    }

    /// <summary>A socket that listens on an IPv4 address, with others of this process on the same port.</summary>
    public static int Listen(IPEndPoint endPoint)
    {
        var listener = (int)Check(socket(InternetFamily, StreamSocket | NonBlocking | CloseOnExec, 0), "socket");
        var one = 1;
        Check(setsockopt(listener, SocketLevel, ReuseAddress, in one, sizeof(int)), "SO_REUSEADDR");
        Check(setsockopt(listener, SocketLevel, ReusePort, in one, sizeof(int)), "SO_REUSEPORT");
        Span<byte> address = stackalloc byte[AddressBytes];
        address.Clear();
        MemoryMarshal.Write(address, (ushort)InternetFamily);
        address[2] = (byte)(endPoint.Port >> 8);
        address[3] = (byte)endPoint.Port;
        endPoint.Address.TryWriteBytes(address[4..], out _);
        Check(bind(listener, in address[0], AddressBytes), $"bind to {endPoint}");
        Check(listen(listener, Backlog), "listen");
        return listener;
    }

    public static int PortOf(int socket)
    {
        Span<byte> address = stackalloc byte[AddressBytes];
        var length = AddressBytes;
        Check(getsockname(socket, ref address[0], ref length), "getsockname");
        return (address[2] << 8) | address[3];
    }

    public static int CreateEpoll() => (int)Check(epoll_create1(CloseOnExec), "epoll_create1");

    public static void Watch(int epoll, int operation, int descriptor, uint events)
    {
        Span<byte> watched = stackalloc byte[16];
        watched.Clear();
        MemoryMarshal.Write(watched, events);
        MemoryMarshal.Write(watched[EventData..], (long)descriptor);
        Check(epoll_ctl(epoll, operation, descriptor, in watched[0]), "epoll_ctl");
    }

    /// <summary>The number of events; 0 also when a signal came.</summary>
    public static int Wait(int epoll, Span<byte> events, int timeoutMs)
    {
        const int Interrupted = 4;
        var count = (int)Result(epoll_wait(epoll, ref events[0], events.Length / EventBytes, timeoutMs));
        return count == -Interrupted ? 0 : (int)Check(count, "epoll_wait");
    }

    /// <summary>A connection without Nagle's delay, or a negative error number.</summary>
    public static int Accept(int listener)
    {
        var accepted = (int)Result(accept4(listener, 0, 0, NonBlocking | CloseOnExec));
        if (accepted >= 0)
        {
            var one = 1;
            _ = setsockopt(accepted, TcpLevel, NoDelayOption, in one, sizeof(int)); // fails only when the peer is gone already
        }

        return accepted;
    }

    public static int Receive(int descriptor, Span<byte> buffer) => (int)Result(recv(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, 0));

    public static int Send(int descriptor, ReadOnlySpan<byte> bytes) => (int)Result(send(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal));

    /// <summary>Ends a listening socket: whoever waits for it wakes.</summary>
    public static void Shutdown(int listener) => _ = shutdown(listener, 2);

    public static void Close(int descriptor) => _ = close(descriptor); // nothing to be done about a failure: the descriptor is gone in any case

    private static long Result(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    private static long Check(long result, string call)
    {
        if (result >= 0)
        {
            return result;
        }

        var error = result == -1 ? Marshal.GetLastPInvokeError() : (int)-result;
        throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, in int value, int length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int bind(int descriptor, in byte address, int length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int listen(int descriptor, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int getsockname(int descriptor, ref byte address, ref int length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, in byte watched);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int epoll_wait(int epoll, ref byte events, int eventsMax, int timeoutMs);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int accept4(int listener, nint address, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint recv(int descriptor, ref byte buffer, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint send(int descriptor, in byte buffer, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int close(int descriptor);
}
