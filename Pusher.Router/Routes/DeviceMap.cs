using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>
/// Values by device, made for a million of them: a value costs itself, its key's 16 bytes, 8 bytes of chain and 4 to 8 of bucket, without an
/// object of its own. Grows by a page of 32 values at a time and rehashes one stripe alone, some 16,000 values at a million
/// (docs/adr/0011-session-memory.md).
/// </summary>
/// <remarks>Threading: any thread; one lock per stripe, taken for the length of one call or of one <see cref="DeviceRow{TValue}"/>.</remarks>
/// <typeparam name="TValue">What is kept per device.</typeparam>
public sealed class DeviceMap<TValue>
    where TValue : struct
{
    private const int StripeBits = 6;

    private readonly DeviceStripe<TValue>[] _stripes = new DeviceStripe<TValue>[1 << StripeBits];

    public DeviceMap()
    {
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new DeviceStripe<TValue>();
        }
    }

    /// <summary>Devices with a value; while others change it, a value from within that time.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var stripe in _stripes)
            {
                count += stripe.Count;
            }

            return count;
        }
    }

    /// <summary>A copy of the device's value.</summary>
    public bool TryGet(in DeviceKey device, out TValue value)
    {
        using var row = Open(device);
        value = row.Exists ? row.Value : default;
        return row.Exists;
    }

    /// <summary>A copy of all, stripe by stripe: what is changed meanwhile may be in it or not.</summary>
    public List<KeyValuePair<DeviceKey, TValue>> ToList()
    {
        var list = new List<KeyValuePair<DeviceKey, TValue>>(Count);
        foreach (var stripe in _stripes)
        {
            lock (stripe.Gate)
            {
                stripe.AddTo(list);
            }
        }

        return list;
    }

    /// <summary>Opens the device's row to be read and changed in one atomic step. Others wait for its disposal: do nothing slow meanwhile, and open no second row.</summary>
    public DeviceRow<TValue> Open(in DeviceKey device)
    {
        var hash = (uint)device.GetHashCode();
        return new DeviceRow<TValue>(_stripes[hash >> (32 - StripeBits)], device, hash);
    }
}
