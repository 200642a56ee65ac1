using Pusher.Core.Credentials;
using Pusher.Core.Identity;

namespace Pusher.Server.Credentials;

/// <summary>
/// The devices of one reading of the credentials file. Made for 300,000 devices: the stored key stands inline in the table, tenant and store names are
/// shared, so a device costs its own name and some 80 bytes.
/// </summary>
/// <remarks>Threading: immutable after <see cref="Read"/>.</remarks>
internal sealed class CredentialsTable
{
    private readonly Dictionary<DeviceKey, Row> _rows = new(DeviceNameComparer.Instance);

    private CredentialsTable()
    {
    }

    public int Count => _rows.Count;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="CredentialsFormatException">A line is wrong.</exception>
    public static CredentialsTable Read(TextReader file)
    {
        var table = new CredentialsTable();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var shared = names.GetAlternateLookup<ReadOnlySpan<char>>();
        var hasHeader = false;
        for (var number = 1; file.ReadLine() is { } line; number++)
        {
            if (CredentialsLine.IsBlank(line))
            {
                continue;
            }

            if (!hasHeader)
            {
                CredentialsLine.CheckHeader(line, number);
                hasHeader = true;
                continue;
            }

            CredentialsLine.Parse(line, number, out var device, out var key, out var store, out _);
            device = device with { Tenant = Share(device.Tenant) };
            if (!table._rows.TryAdd(device, new Row(key, store.IsEmpty ? null : Share(store))))
            {
                throw new CredentialsFormatException(number, $"{device} stands in the file twice; take one line out.");
            }
        }

        return hasHeader ? table : throw new CredentialsFormatException(0, $"the file is empty; its first line must be '{CredentialsLine.Header}'.");

        string Share(ReadOnlySpan<char> name)
        {
            if (!shared.TryGetValue(name, out var known))
            {
                known = name.ToString();
                names.Add(known, known);
            }

            return known;
        }
    }

    public bool Contains(DeviceKey device) => _rows.ContainsKey(device);

    /// <summary>The key under which the table has the device, with the table's own strings.</summary>
    public bool TryGetDevice(DeviceName name, out DeviceKey device)
        => _rows.GetAlternateLookup<DeviceName>().TryGetValue(name, out device, out _);

    public bool TryGetKey(DeviceKey device, Span<byte> storedKey)
    {
        if (!_rows.TryGetValue(device, out var row))
        {
            return false;
        }

        row.Key.CopyTo(storedKey);
        return true;
    }

    public string? StoreOf(DeviceKey device) => _rows.TryGetValue(device, out var row) ? row.Store : null;

    /// <summary>Devices of this table that <paramref name="next"/> lacks or has with another key.</summary>
    public List<DeviceKey> RevokedBy(CredentialsTable next)
    {
        var revoked = new List<DeviceKey>();
        foreach (var (device, row) in _rows)
        {
            if (!next._rows.TryGetValue(device, out var other) || row.Key != other.Key)
            {
                revoked.Add(device);
            }
        }

        return revoked;
    }

    private readonly record struct Row(StoredKey Key, string? Store);
}
