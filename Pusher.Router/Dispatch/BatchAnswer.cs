using System.Buffers;
using Pusher.Core.Batches;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The answer to a batch while its entries are under way: gathers their replies, and goes out when the last one is there. Used again for the next batch; belongs
/// to its entries until then, to the <see cref="AnswerSender"/> afterwards, which gives it back.
/// </summary>
/// <remarks>Threading: each entry sets its own place, on any thread; the one that is last sends.</remarks>
internal sealed class BatchAnswer(BatchAnswerPool pool, AnswerSender answers) : IBusBuffer
{
    private const int ResultsMin = 16;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private PublishReply[] _replies = [];
    private string _replyTo = "";
    private string? _error;
    private PublishStatus _status;
    private int _open;
    private int _isOut;

    /// <summary>Entries of the batch; 0 when it was refused as a whole.</summary>
    public int Count { get; private set; }

    /// <summary>What it takes of memory, in places for results; one without any takes some as well.</summary>
    public int Weight => Math.Max(ResultsMin, _replies.Length);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            if (_bytes.WrittenCount == 0)
            {
                Write();
            }

            return _bytes.WrittenMemory;
        }
    }

    /// <summary>Waits for the replies of that many entries; they may come at once.</summary>
    public void Begin(string replyTo, int count)
    {
        _replyTo = replyTo;
        if (_replies.Length < count)
        {
            _replies = new PublishReply[Math.Max(ResultsMin, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count))];
        }

        Count = count;
        Volatile.Write(ref _open, count);
    }

    /// <summary>The reply to one entry. With the last one the answer goes out, and this object is no longer the entries'.</summary>
    public void Set(int index, in PublishReply reply)
    {
        _replies[index] = reply;
        var open = Interlocked.Decrement(ref _open);
        if (open == 0)
        {
            answers.Send(_replyTo, this);
        }
        else if (open < 0)
        {
            throw new InvalidOperationException("An entry of a batch was answered twice.");
        }
    }

    /// <summary>Answers a batch of which nothing was done.</summary>
    public void Refuse(string replyTo, PublishStatus status, string error)
    {
        (_replyTo, _status, _error) = (replyTo, status, error);
        answers.Send(_replyTo, this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.Clear(_replies, 0, Count); // the texts
        _bytes.ResetWrittenCount();
        (Count, _replyTo, _error, _status) = (0, "", null, PublishStatus.Ok);
        pool.Return(this);
    }

    /// <exception cref="InvalidOperationException">It is out already, or was put back before: a defect of who holds it.</exception>
    internal void Move(bool isOut)
    {
        if (Interlocked.Exchange(ref _isOut, isOut ? 1 : 0) == (isOut ? 1 : 0))
        {
            throw new InvalidOperationException(isOut ? "An answer to a batch was given out twice." : "An answer to a batch was put back twice.");
        }
    }

    private void Write()
    {
        var writer = new BatchAnswerWriter(_bytes, (byte)_status, _error, Count);
        foreach (ref readonly var reply in _replies.AsSpan(0, Count))
        {
            var isOfStore = reply.Reached is null && reply.MessageId != 0;
            var result = new BatchResult
            {
                Status = (byte)reply.Status,
                MessageId = reply.MessageId,
                Stream = isOfStore ? reply.Stream : 0,
                Seq = isOfStore ? reply.Seq : 0,
                IsDuplicate = reply.Status == PublishStatus.Duplicate,
                MayRetry = reply.Status.MayRetry(),
                QueueDepth = reply.QueueDepth,
                Online = reply.Online,
                Reached = reply.Reached,
            };
            writer.Write(in result, reply.Error);
        }
    }
}
