using System.Globalization;
using Pusher.Core.Identity;
using StackExchange.Redis;

namespace Pusher.Router.Redis;

/// <summary>
/// The partition of a device: what its keys in Redis share as hash tag <c>{pN}</c>, so that one slot holds them all, and the
/// unit in which nodes divide work. The number is stored by the names of keys: never change how it is made.
/// </summary>
public static class Partition
{
    /// <summary>How many there are.</summary>
    public const int Count = 1024;

    private static readonly string[] Tags = [.. Enumerable.Range(0, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{p{i}}}"))];

    /// <summary>0 to <see cref="Count"/> - 1: FNV-1a of tenant, slash and device (all ASCII), its halves mixed.</summary>
    public static int Of(in DeviceKey device) => (int)(Hash(device) >> 54);

    /// <summary>The partition, and which of <paramref name="parts"/> equal parts of it.</summary>
    public static int Of(in DeviceKey device, int parts, out int part)
    {
        var hash = Hash(device);
        part = (int)((hash >> 22) % (uint)parts);
        return (int)(hash >> 54);
    }

    /// <summary>The hash tag, <c>{pN}</c>.</summary>
    public static string Tag(int partition) => Tags[partition];

    /// <summary>
    /// What a script declares that works on the partition in a Redis Cluster. There are never such keys, and there are two: while Redis moves the slot it then refuses the script
    /// (TRYAGAIN) on both servers. With one key it would let the script run where only a part of the partition's keys has arrived.
    /// </summary>
    internal static RedisKey[] Keys(int partition) => [Tag(partition), Tag(partition) + "-"];

    private static ulong Hash(in DeviceKey device)
    {
        var hash = Add(Add(Add(0xcbf29ce484222325, device.Tenant), "/"), device.Device);
        hash ^= hash >> 32;
        return hash * 0x9e3779b97f4a7c15;
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var c in text)
        {
            hash = (hash ^ (byte)c) * 0x100000001b3;
        }

        return hash;
    }
}
