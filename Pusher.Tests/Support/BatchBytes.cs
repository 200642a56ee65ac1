using System.Buffers;
using System.Text;
using Pusher.Core.Batches;

namespace Pusher.Tests.Support;

/// <summary>Batches and their answers as tests write and read them.</summary>
public static class BatchBytes
{
    /// <summary>An entry in order of its elements; the last ones at their defaults are left out.</summary>
    public static byte[] Of(params (string Device, string? Id, string Payload)[] entries)
        => Of([.. entries.Select(e => new Entry(e.Device, e.Id, Encoding.UTF8.GetBytes(e.Payload)))]);

    public static byte[] Of(params Entry[] entries)
    {
        var output = new ArrayBufferWriter<byte>();
        BatchWriter.WriteHead(output, entries.Length);
        foreach (var entry in entries)
        {
            BatchWriter.WriteEntry(output, new BatchEntry
            {
                Device = Encoding.UTF8.GetBytes(entry.Device),
                PublisherId = Encoding.UTF8.GetBytes(entry.Id ?? ""),
                HasPublisherId = entry.Id is not null,
                Payload = entry.Payload,
                TtlMs = entry.TtlMs,
                Priority = entry.Priority,
                Qos = entry.Qos,
            });
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads an answer; fails on what is none.</summary>
    public static Answer Read(ReadOnlySpan<byte> bytes)
    {
        if (!BatchAnswerReader.TryOpen(bytes, out var reader))
        {
            throw new FormatException($"no answer to a batch: {Convert.ToHexString(bytes)}");
        }

        var results = new List<Result>();
        for (var i = 0; i < reader.Count; i++)
        {
            results.Add(reader.TryRead(out var r)
                ? new Result(r.Status, r.MessageId, r.Stream, r.Seq, r.IsDuplicate, r.MayRetry, r.QueueDepth, r.Online, r.Reached, Encoding.UTF8.GetString(r.Error))
                : throw new FormatException($"result {i} cannot be read: {Convert.ToHexString(bytes)}"));
        }

        return new Answer(reader.Status, Encoding.UTF8.GetString(reader.Error), results);
    }

    public sealed record Entry(string Device, string? Id, byte[] Payload, long? TtlMs = null, byte Priority = 0, int Qos = 1);

    public sealed record Answer(byte Status, string Error, IReadOnlyList<Result> Results);

    public sealed record Result(byte Status, ulong MessageId, uint Stream, ulong Seq, bool IsDuplicate, bool MayRetry, int QueueDepth, bool? Online, int? Reached, string Error);
}
