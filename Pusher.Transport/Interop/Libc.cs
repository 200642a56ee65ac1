using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace Pusher.Transport.Interop;

/// <summary>
/// The system calls of the epoll transport. Every call returns its result, or the negative error number as the kernel itself does: a
/// failed call is an everyday event of a socket and costs no exception. Interrupted calls are repeated here.
/// </summary>
/// <remarks>
/// No call is marked <see cref="SuppressGCTransitionAttribute"/>: epoll_wait sleeps, and the others take longer than the microsecond up to
/// which holding up a garbage collection is tolerable.
/// </remarks>
internal static partial class Libc
{
    private const string Name = "libc";
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int StreamSocket = 1;
    private const int NoSignal = 0x4000;
    private const int ShutdownWrite = 1;
    private const int OpenFilesResource = 7;

    public static DescriptorHandle CreateEpoll() => Check(epoll_create1(CloseOnExec), "epoll_create1");

    /// <summary>An eventfd with count 0.</summary>
    public static DescriptorHandle CreateEvent() => Check(eventfd(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>Adds one to an eventfd.</summary>
    public static unsafe void SignalEvent(DescriptorHandle handle)
    {
        ulong one = 1;
        long result;
        do
        {
            // SAFETY: the kernel reads the eight bytes of a local during the call.
            result = Result(write(handle, (byte*)&one, sizeof(ulong)));
        }
        while (result == -Errno.Interrupted);

        Check(result, "write to eventfd");
    }

    /// <summary>Adds, changes or removes a descriptor of an epoll set.</summary>
    public static unsafe int ControlEpoll(DescriptorHandle epoll, EpollOperation operation, int descriptor, EpollFlags flags, ulong data)
    {
        Span<byte> native = stackalloc byte[EpollEventLayout.SizeMax];
        EpollEventLayout.Current.Write(native, 0, flags, data);

        // SAFETY: the kernel reads one epoll_event of this architecture's size, which is on the stack and at most SizeMax bytes.
        fixed (byte* address = native)
        {
            return (int)Result(epoll_ctl(epoll, (int)operation, descriptor, address));
        }
    }

    /// <summary>Waits for events; returns their number, 0 also when a signal came. -1 milliseconds = without end.</summary>
    public static unsafe int WaitEpoll(DescriptorHandle epoll, Span<byte> events, int timeoutMs)
    {
        int count;

        // SAFETY: the kernel writes at most as many events as fit into the span, which is pinned during the call.
        fixed (byte* address = events)
        {
            count = (int)Result(epoll_wait(epoll, address, events.Length / EpollEventLayout.Current.Size, timeoutMs));
        }

        return count == -Errno.Interrupted ? 0 : (int)Check(count, "epoll_wait");
    }

    /// <summary>Takes one connection of a listening socket as a non-blocking descriptor; its peer's address is written to <paramref name="remote"/>.</summary>
    public static unsafe int Accept(SafeHandle listener, Span<byte> remote)
    {
        int result;
        do
        {
            int length = remote.Length;

            // SAFETY: the kernel writes at most length bytes to the span, which is pinned during the call, and the length to a local.
            fixed (byte* address = remote)
            {
                result = (int)Result(accept4(listener, address, &length, NonBlocking | CloseOnExec));
            }
        }
        while (result == -Errno.Interrupted);

        return result;
    }

    /// <summary>A new non-blocking TCP socket of an address family.</summary>
    public static int OpenSocket(int family) => (int)Result(socket(family, StreamSocket | NonBlocking | CloseOnExec, 0));

    public static unsafe int Bind(int descriptor, IPEndPoint local)
    {
        Span<byte> native = stackalloc byte[NativeAddress.BytesMax];
        int length = NativeAddress.Write(local, native);

        // SAFETY: the kernel reads length bytes of the span, which is on the stack.
        fixed (byte* address = native)
        {
            return (int)Result(bind(descriptor, address, length));
        }
    }

    /// <summary>Begins to connect. 0 or -<see cref="Errno.InProgress"/>: the descriptor becomes writable when it is decided.</summary>
    public static unsafe int Connect(int descriptor, IPEndPoint remote)
    {
        Span<byte> native = stackalloc byte[NativeAddress.BytesMax];
        int length = NativeAddress.Write(remote, native);

        // SAFETY: the kernel reads length bytes of the span, which is on the stack.
        fixed (byte* address = native)
        {
            int result = (int)Result(connect(descriptor, address, length));

            // An interrupted connect goes on by itself; connecting again would be an error (connect(2), EINTR).
            return result == -Errno.Interrupted ? -Errno.InProgress : result;
        }
    }

    public static unsafe int SetOption(int descriptor, int level, int option, int value) =>

        // SAFETY: the kernel reads the four bytes of a parameter, which lives on the stack.
        (int)Result(setsockopt(descriptor, level, option, (byte*)&value, sizeof(int)));

    /// <summary>The value of an integer option, through <paramref name="value"/>.</summary>
    public static unsafe int GetOption(int descriptor, int level, int option, out int value)
    {
        int read = 0;
        int length = sizeof(int);

        // SAFETY: the kernel writes at most four bytes to a local and their number to another.
        int result = (int)Result(getsockopt(descriptor, level, option, (byte*)&read, &length));
        value = read;
        return result;
    }

    public static unsafe int Receive(int descriptor, Span<byte> buffer)
    {
        // SAFETY: the kernel writes at most the span's length to the span, which is pinned during the call.
        fixed (byte* address = buffer)
        {
            long result;
            do
            {
                result = Result(recv(descriptor, address, (nuint)buffer.Length, 0));
            }
            while (result == -Errno.Interrupted);

            return (int)result;
        }
    }

    public static unsafe int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the kernel reads the span's length from the span, which is pinned during the call.
        fixed (byte* address = bytes)
        {
            long result;
            do
            {
                result = Result(send(descriptor, address, (nuint)bytes.Length, NoSignal));
            }
            while (result == -Errno.Interrupted);

            return (int)result;
        }
    }

    /// <summary>Sends several pieces of memory with one call. The caller keeps them pinned. The runtime ignores SIGPIPE.</summary>
    public static unsafe long Write(int descriptor, ReadOnlySpan<IoVec> pieces)
    {
        // SAFETY: the kernel reads the pieces, which are pinned during the call, and what they point at, which the caller pins.
        fixed (IoVec* first = pieces)
        {
            long result;
            do
            {
                result = Result(writev(descriptor, first, pieces.Length));
            }
            while (result == -Errno.Interrupted);

            return result;
        }
    }

    /// <summary>Tells the peer that nothing more comes.</summary>
    public static int ShutdownSend(int descriptor) => (int)Result(shutdown(descriptor, ShutdownWrite));

    /// <summary>Gives a descriptor back. Not repeated when interrupted: on Linux it is gone then too, and may be somebody else's.</summary>
    public static int Close(int descriptor) => (int)Result(close(descriptor));

    /// <summary>The limit of open files of this process: RLIMIT_NOFILE of getrlimit(2).</summary>
    public static unsafe ResourceLimit GetOpenFileLimit()
    {
        ResourceLimit limit;

        // SAFETY: the kernel writes one rlimit, which ResourceLimit lays out, to a local.
        Check(Result(getrlimit(OpenFilesResource, &limit)), "getrlimit");
        return limit;
    }

    public static unsafe void SetOpenFileLimit(ResourceLimit limit) =>

        // SAFETY: the kernel reads one rlimit, which ResourceLimit lays out, from a parameter, which lives on the stack.
        Check(Result(setrlimit(OpenFilesResource, &limit)), "setrlimit");

    /// <summary>The system's text for an error number.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>Throws when a call failed that fails only by a defect or for want of resources.</summary>
    public static long Check(long result, string call) =>
        result >= 0 ? result : throw new Win32Exception((int)-result, $"{call} failed: {Describe((int)-result)}");

    private static DescriptorHandle Check(DescriptorHandle handle, string call)
    {
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            Check(-error, call);
        }

        return handle;
    }

    private static long Result(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport(Name, SetLastError = true)]
    private static partial DescriptorHandle epoll_create1(int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial DescriptorHandle eventfd(uint count, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int epoll_ctl(DescriptorHandle epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int epoll_wait(DescriptorHandle epoll, byte* events, int eventsMax, int timeoutMs);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial nint write(DescriptorHandle descriptor, byte* buffer, nuint count);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int accept4(SafeHandle listener, byte* address, int* length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int bind(int descriptor, byte* address, int length);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int connect(int descriptor, byte* address, int length);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int setsockopt(int descriptor, int level, int option, byte* value, int length);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int getsockopt(int descriptor, int level, int option, byte* value, int* length);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial nint send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial nint writev(int descriptor, IoVec* pieces, int count);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true)]
    private static unsafe partial int setrlimit(int resource, ResourceLimit* limit);
}
