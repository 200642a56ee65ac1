using System.Buffers;
using System.Text;
using Pusher.Core.Batches;
using Pusher.Core.Identity;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Takes batches apart, where they lie in the bus's receive buffer: each entry is a publish like any other, with its own outcome, and one answer tells all of them.
/// What cannot be read as a batch is refused as a whole, before the first entry was looked at.
/// </summary>
/// <remarks>Threading: as <see cref="NatsIngress"/>. Entries are handed over in their order, so those of one device keep it.</remarks>
internal sealed class BatchIngress
{
    private static readonly string DeviceProblem = $"The device must be 1 to {Identifier.LengthMax} characters of A-Z a-z 0-9 _ -.";
    private static readonly string PublisherIdProblem = $"The publisher id must be 1 to {PublisherId.LengthMax} printable ASCII characters without space.";

    private readonly Dispatcher _dispatcher;
    private readonly PublishPool<BatchEntryOperation> _operations;
    private readonly BatchAnswerPool _pool;

    public BatchIngress(Dispatcher dispatcher, AnswerSender answers)
    {
        _dispatcher = dispatcher;
        _operations = new PublishPool<BatchEntryOperation>(static pool => new BatchEntryOperation(pool));
        _pool = new BatchAnswerPool(answers);
    }

    /// <summary>Publishes every entry.</summary>
    /// <param name="tenant">A legal name, from the subject: an entry cannot name another.</param>
    /// <param name="arrival">The message.</param>
    /// <param name="replyTo">Where the answer may go; null = nowhere.</param>
    public void Publish(ReadOnlySpan<char> tenant, in BusArrival arrival, string? replyTo)
    {
        Span<byte> name = stackalloc byte[Identifier.LengthMax];
        name = name[..Encoding.ASCII.GetBytes(tenant, name)];
        if (HeaderProblem(arrival.Headers) is { } problem)
        {
            Refuse(replyTo, problem);
        }
        else if (arrival.Payload.IsSingleSegment)
        {
            Publish(name, arrival.Payload.FirstSpan, replyTo);
        }
        else
        {
            var length = (int)arrival.Payload.Length;
            var whole = ArrayPool<byte>.Shared.Rent(length);
            arrival.Payload.CopyTo(whole);
            Publish(name, whole.AsSpan(0, length), replyTo);
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private void Publish(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> bytes, string? replyTo)
    {
        if (BatchReader.Open(bytes, out var reader) is { } problem)
        {
            Refuse(replyTo, problem);
            return;
        }

        BatchAnswer? answer = null;
        if (replyTo is not null)
        {
            answer = _pool.Rent();
            answer.Begin(replyTo, reader.Count);
        }

        for (var i = 0; i < reader.Count; i++)
        {
            var operation = _operations.Rent();
            operation.AnswerTo(answer, i);
            operation.Problem = reader.Read(out var entry);
            if (operation.Problem is null && !Fill(operation, tenant, in entry))
            {
                _dispatcher.RefuseTooLarge(operation, entry.Payload.Length);
                continue;
            }

            _dispatcher.Publish(operation);
        }
    }

    /// <summary>False when the payload is too large, which is not copied then.</summary>
    private bool Fill(BatchEntryOperation operation, ReadOnlySpan<byte> tenant, in BatchEntry entry)
    {
        if (!Identifier.IsValid(entry.Device))
        {
            operation.Problem = DeviceProblem;
            return true;
        }

        if (entry.HasPublisherId && !PublisherId.IsValid(entry.PublisherId))
        {
            operation.Problem = PublisherIdProblem;
            return true;
        }

        if (entry.Payload.Length > _dispatcher.Options.PayloadBytesMax)
        {
            return false;
        }

        operation.Device = _dispatcher.Directory.Intern(tenant, entry.Device);
        operation.PublisherId = entry.HasPublisherId ? Encoding.ASCII.GetString(entry.PublisherId) : null;
        operation.TtlMs = entry.TtlMs;
        operation.Priority = entry.Priority;
        operation.Qos = entry.Qos;
        operation.CopyPayload(entry.Payload);
        return true;
    }

    private void Refuse(string? replyTo, string problem)
    {
        _dispatcher.CountRefused(PublishStatus.BadRequest);
        if (replyTo is not null)
        {
            _pool.Rent().Refuse(replyTo, PublishStatus.BadRequest, problem);
        }
    }

    // An option of a single publish would be nobody's here, and its publisher would believe that it got it.
    private static string? HeaderProblem(in ReadOnlySequence<byte> block)
    {
        if (block.IsEmpty)
        {
            return null;
        }

        var headers = new HeaderReader(block.IsSingleSegment ? block.FirstSpan : block.ToArray());
        while (headers.TryRead(out var name, out _))
        {
            if (PublishHeaders.IsOption(name))
            {
                return "A batch has its options in its entries; leave the Pusher- and Nats-Msg-Id headers out. Nothing was stored.";
            }
        }

        return null;
    }
}
