using System.Globalization;
using Pusher.Transport.Epoll;
using Pusher.Transport.Interop;

namespace Pusher.Tests.Transport.Epoll;

/// <summary>What the kernel says of a descriptor of this process (proc_pid_fdinfo(5)).</summary>
internal static class DescriptorInfo
{
    /// <summary>The count of an eventfd.</summary>
    public static long EventCount(DescriptorHandle handle) =>
        Numbers(handle, "eventfd-count:", 0).Single();

    /// <summary>What an epoll set watches for one connection; null when it does not know it.</summary>
    public static EpollFlags? Watched(EpollSet set, int descriptor)
    {
        foreach (string line in Lines(set.Handle).Where(line => line.StartsWith("tfd:", StringComparison.Ordinal)))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (int.Parse(words[1], CultureInfo.InvariantCulture) == descriptor)
            {
                return (EpollFlags)uint.Parse(words[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    private static IEnumerable<long> Numbers(DescriptorHandle handle, string name, int index) =>
        from line in Lines(handle)
        where line.StartsWith(name, StringComparison.Ordinal)
        select long.Parse(
            line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[index], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string[] Lines(DescriptorHandle handle) => File.ReadAllLines($"/proc/self/fdinfo/{handle.DangerousGetHandle()}");
}
