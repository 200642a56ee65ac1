namespace Pusher.Core.Batches;

/// <summary>
/// Reads a batch in place, in two passes: <see cref="Open"/> sees that all of it is whole MessagePack before anybody acts on the first entry; then what is wrong
/// with an entry concerns that entry only.
/// </summary>
public ref struct BatchReader
{
    private static readonly string WrongCount = $"A batch has 1 to {BatchFormat.EntriesMax} entries; nothing was stored.";

    private PackReader _pack;

    private BatchReader(PackReader pack, int count)
    {
        _pack = pack;
        Count = count;
    }

    /// <summary>Entries of the batch, 1 to <see cref="BatchFormat.EntriesMax"/>.</summary>
    public int Count { get; }

    /// <summary>Null and a reader at the first entry, or what is wrong with the batch, for its publisher.</summary>
    public static string? Open(ReadOnlySpan<byte> bytes, out BatchReader reader)
    {
        reader = default;
        var whole = new PackReader(bytes);
        if (!whole.TrySkip())
        {
            return "The batch is not whole: its MessagePack is cut off or wrong; nothing was stored.";
        }

        if (!whole.IsAtEnd)
        {
            return "Something follows behind the batch; nothing was stored.";
        }

        var pack = new PackReader(bytes);
        if (!pack.TryReadArray(out var elements) || elements < 2 || !pack.TryReadUnsigned(out var version))
        {
            return "A batch is an array of its version and of an array of entries; nothing was stored.";
        }

        if (version != BatchFormat.Version)
        {
            return "The batch is of a version that this node does not know; nothing was stored.";
        }

        if (!pack.TryReadArray(out var count))
        {
            return "The second element of a batch is the array of its entries; nothing was stored.";
        }

        if (count is < 1 or > BatchFormat.EntriesMax)
        {
            return WrongCount;
        }

        reader = new BatchReader(pack, (int)count);
        return null;
    }

    /// <summary>Reads the next of <see cref="Count"/> entries: null, or what is wrong with it, for its publisher. The next call is for the one behind it in any case.</summary>
    public string? Read(out BatchEntry entry)
    {
        var pack = _pack;
        _pack.TrySkip(); // the whole was seen to be whole
        return ReadElements(ref pack, out entry);
    }

    private static string? ReadElements(scoped ref PackReader pack, out BatchEntry entry)
    {
        entry = default;
        if (!pack.TryReadArray(out var elements) || elements < BatchFormat.EntryElementsMin)
        {
            return "An entry is an array of device, publisher id or nil, payload, and options.";
        }

        if (!pack.TryReadBytes(out var device))
        {
            return "The device of an entry must be a string.";
        }

        var publisherId = default(ReadOnlySpan<byte>);
        var hasPublisherId = !pack.TryReadNil();
        if (hasPublisherId && !pack.TryReadBytes(out publisherId))
        {
            return "The publisher id of an entry must be a string or nil.";
        }

        if (!pack.TryReadBytes(out var payload))
        {
            return "The payload of an entry must be a binary.";
        }

        if (ReadOptions(ref pack, elements, out var ttlMs, out var priority, out var qos) is { } problem)
        {
            return problem;
        }

        entry = new BatchEntry
        {
            Device = device,
            PublisherId = publisherId,
            HasPublisherId = hasPublisherId,
            Payload = payload,
            TtlMs = ttlMs,
            Priority = priority,
            Qos = qos,
        };
        return null;
    }

    private static string? ReadOptions(scoped ref PackReader pack, uint elements, out long? ttlMs, out byte priority, out int qos)
    {
        (ttlMs, priority, qos) = (null, 0, 1);
        if (elements > 3 && !pack.TryReadNil())
        {
            if (!pack.TryReadUnsigned(out var value) || value > long.MaxValue)
            {
                return "The time to live of an entry must be milliseconds or nil.";
            }

            ttlMs = (long)value;
        }

        if (elements > 4 && !pack.TryReadNil())
        {
            if (!pack.TryReadUnsigned(out var value) || value > byte.MaxValue)
            {
                return "The priority of an entry must be 0 to 255 or nil.";
            }

            priority = (byte)value;
        }

        if (elements > 5 && !pack.TryReadNil())
        {
            if (!pack.TryReadUnsigned(out var value) || value > 1)
            {
                return "The QoS of an entry must be 0, 1 or nil.";
            }

            qos = (int)value;
        }

        return null;
    }
}
