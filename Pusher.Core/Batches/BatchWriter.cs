using System.Buffers;

namespace Pusher.Core.Batches;

/// <summary>Writes a batch: the head with the number of entries, then that many entries.</summary>
public static class BatchWriter
{
    /// <summary>Writes what stands in front of the entries.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="entries">1 to <see cref="BatchFormat.EntriesMax"/>.</param>
    public static void WriteHead(IBufferWriter<byte> output, int entries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(entries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries, BatchFormat.EntriesMax);
        var pack = new PackWriter(output.GetSpan(BatchFormat.HeadBytesMax));
        pack.WriteArray(2);
        pack.Write(BatchFormat.Version);
        pack.WriteArray(entries);
        output.Advance(pack.Length);
    }

    /// <summary>Writes one entry, without the elements at its end that are at their defaults.</summary>
    public static void WriteEntry(IBufferWriter<byte> output, in BatchEntry entry)
    {
        var pack = new PackWriter(output.GetSpan(entry.Device.Length + entry.PublisherId.Length + entry.Payload.Length + (7 * PackWriter.HeadBytesMax)));
        var elements = entry.Qos != 1 ? 6 : entry.Priority != 0 ? 5 : entry.TtlMs is not null ? 4 : BatchFormat.EntryElementsMin;
        pack.WriteArray(elements);
        pack.WriteText(entry.Device);
        if (entry.HasPublisherId)
        {
            pack.WriteText(entry.PublisherId);
        }
        else
        {
            pack.WriteNil();
        }

        pack.WriteBinary(entry.Payload);
        if (elements > 3)
        {
            pack.WriteOrNil(entry.TtlMs);
        }

        if (elements > 4)
        {
            pack.Write(entry.Priority);
        }

        if (elements > 5)
        {
            pack.Write((ulong)entry.Qos);
        }

        output.Advance(pack.Length);
    }
}
