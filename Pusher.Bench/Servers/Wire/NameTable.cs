namespace Pusher.Bench.Servers.Wire;

/// <summary>Numbers devices 0, 1, 2, … by the bytes of their names, for good: open addressing, no strings.</summary>
/// <remarks>Threading: none; whoever shares it locks.</remarks>
internal sealed class NameTable
{
    private Entry[] _entries = new Entry[1024];

    /// <summary>Names known.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a name; -1 when it is not known.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        ref var entry = ref Find(_entries, name, Hash(name));
        return entry.Name is null ? -1 : entry.Number;
    }

    /// <summary>The number of a name, which is new or known.</summary>
    public int Add(ReadOnlySpan<byte> name)
    {
        if (2 * (Count + 1) > _entries.Length)
        {
            Grow();
        }

        var hash = Hash(name);
        ref var entry = ref Find(_entries, name, hash);
        if (entry.Name is null)
        {
            entry = new Entry { Name = name.ToArray(), Hash = hash, Number = Count++ };
        }

        return entry.Number;
    }

    private void Grow()
    {
        var larger = new Entry[_entries.Length * 2];
        foreach (var entry in _entries)
        {
            if (entry.Name is not null)
            {
                Find(larger, entry.Name, entry.Hash) = entry;
            }
        }

        _entries = larger;
    }

    private static ref Entry Find(Entry[] entries, ReadOnlySpan<byte> name, uint hash)
    {
        var mask = (uint)entries.Length - 1;
        for (var i = hash & mask; ; i = (i + 1) & mask)
        {
            ref var entry = ref entries[i];
            if (entry.Name is null || (entry.Hash == hash && name.SequenceEqual(entry.Name)))
            {
                return ref entry;
            }
        }
    }

    // FNV-1a: names are short.
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261;
        foreach (var b in name)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash;
    }

    private struct Entry
    {
        public byte[]? Name;
        public uint Hash;
        public int Number;
    }
}
