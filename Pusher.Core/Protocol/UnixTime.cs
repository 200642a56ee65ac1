namespace Pusher.Core.Protocol;

/// <summary>Unix milliseconds are u64 on the wire and <see cref="long"/> in the code.</summary>
internal static class UnixTime
{
    /// <summary>A value beyond <see cref="long"/> becomes its maximum, so that "very late" never turns into "before 1970".</summary>
    public static long FromWire(ulong value) => (long)Math.Min(value, long.MaxValue);

    /// <summary>A time before 1970 becomes 0.</summary>
    public static ulong ToWire(long unixMs) => (ulong)Math.Max(unixMs, 0);
}
