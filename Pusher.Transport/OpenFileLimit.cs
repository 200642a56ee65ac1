using Pusher.Transport.Interop;

namespace Pusher.Transport;

/// <summary>How many files, and so sockets, this process may have open.</summary>
public static class OpenFileLimit
{
    /// <summary>
    /// Raises the limit as far as this process may, and returns it; <see cref="long.MaxValue"/> = none. Linux only. (The runtime does so when it
    /// starts, unless it was told not to.)
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static long Raise()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The limit of open files is raised on Linux only.");
        }

        ResourceLimit limit = Libc.GetOpenFileLimit();
        if (limit.Current < limit.Maximum)
        {
            limit.Current = limit.Maximum;
            Libc.SetOpenFileLimit(limit);
        }

        return (long)Math.Min(limit.Current, long.MaxValue);
    }
}
