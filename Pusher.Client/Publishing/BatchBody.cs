using System.Buffers;
using System.Text;
using Pusher.Core.Batches;
using Pusher.Core.Identity;

namespace Pusher.Client.Publishing;

/// <summary>A batch as bytes, and its answer as results.</summary>
internal static class BatchBody
{
    // By the numbers of the answer.
    private static readonly PublishStatus[] Statuses =
    [
        PublishStatus.Ok,
        PublishStatus.Duplicate,
        PublishStatus.QueueFull,
        PublishStatus.TooLarge,
        PublishStatus.UnknownDevice,
        PublishStatus.Unauthorized,
        PublishStatus.StoreUnavailable,
        PublishStatus.BadRequest,
        PublishStatus.Unknown,
    ];

    /// <summary>The bytes of the requests, which are all to devices.</summary>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<PublishRequest> requests)
    {
        var output = new ArrayBufferWriter<byte>(requests.Sum(r => r.Payload.Length + 64) + 16);
        BatchWriter.WriteHead(output, requests.Count);
        Span<byte> names = stackalloc byte[Identifier.LengthMax + PublisherId.LengthMax];
        foreach (var request in requests)
        {
            var device = Encoding.ASCII.GetBytes(request.Device!, names);
            var id = Encoding.ASCII.GetBytes(request.PublisherId, names[device..]);
            BatchWriter.WriteEntry(output, new BatchEntry
            {
                Device = names[..device],
                PublisherId = names.Slice(device, id),
                HasPublisherId = id > 0,
                Payload = request.Payload.Span,
                TtlMs = request.TtlMs,
                Priority = request.Priority,
                Qos = request.Qos,
            });
        }

        return output.WrittenMemory;
    }

    /// <summary>A result for each request; null when the bytes are no such answer. A status that this version does not know is unknown: only the id can tell.</summary>
    public static PublishResult[]? TryRead(IReadOnlyList<PublishRequest> requests, ReadOnlySpan<byte> bytes)
    {
        if (!BatchAnswerReader.TryOpen(bytes, out var reader))
        {
            return null;
        }

        if (reader.Status != 0)
        {
            var (status, error) = (StatusOf(reader.Status), Text(reader.Error));
            return [.. requests.Select(r => r.Result(status, error))];
        }

        if (reader.Count != requests.Count)
        {
            return null;
        }

        var results = new PublishResult[requests.Count];
        for (var i = 0; i < results.Length; i++)
        {
            if (!reader.TryRead(out var result))
            {
                return null;
            }

            results[i] = Result(requests[i], in result);
        }

        return results;
    }

    private static PublishResult Result(PublishRequest request, in BatchResult result) => new()
    {
        Status = StatusOf(result.Status),
        PublisherId = request.PublisherId,
        MessageId = result.MessageId,
        Stream = result.Stream,
        Seq = result.Seq,
        QueueDepth = result.QueueDepth,
        Reached = result.Reached ?? -1,
        Online = result.Online ?? false,
        Retry = result.MayRetry,
        Error = Text(result.Error),
    };

    private static PublishStatus StatusOf(byte status) => status < Statuses.Length ? Statuses[status] : PublishStatus.Unknown;

    private static string? Text(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);
}
