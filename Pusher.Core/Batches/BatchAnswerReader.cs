namespace Pusher.Core.Batches;

/// <summary>Reads the answer to a batch in place.</summary>
public ref struct BatchAnswerReader
{
    private PackReader _pack;

    /// <summary>As in <see cref="BatchResult.Status"/>: 0 = each entry has its own result; else what became of the batch as a whole, and there are no results.</summary>
    public byte Status { get; private set; }

    /// <summary>A sentence for a person, UTF-8; empty when there is none.</summary>
    public ReadOnlySpan<byte> Error { get; private set; }

    /// <summary>How many results there are.</summary>
    public int Count { get; private set; }

    /// <summary>False when <paramref name="bytes"/> are no whole answer of a version that is known here.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> bytes, out BatchAnswerReader reader)
    {
        reader = default;
        var whole = new PackReader(bytes);
        var pack = new PackReader(bytes);
        if (!whole.TrySkip() || !whole.IsAtEnd
            || !pack.TryReadArray(out var elements) || elements < 4
            || !pack.TryReadUnsigned(out var version) || version != BatchFormat.Version
            || !pack.TryReadUnsigned(out var status) || status > byte.MaxValue
            || !TryReadText(ref pack, out var error)
            || !pack.TryReadArray(out var count) || count > BatchFormat.EntriesMax)
        {
            return false;
        }

        reader = new BatchAnswerReader { _pack = pack, Status = (byte)status, Error = error, Count = (int)count };
        return true;
    }

    /// <summary>Reads the next of <see cref="Count"/> results; false when it cannot be read.</summary>
    public bool TryRead(out BatchResult result)
    {
        var pack = _pack;
        _pack.TrySkip(); // the whole was seen to be whole
        result = default;
        if (!pack.TryReadArray(out var elements) || elements < BatchFormat.ResultElements
            || !pack.TryReadUnsigned(out var status) || status > byte.MaxValue
            || !pack.TryReadUnsigned(out var messageId)
            || !pack.TryReadUnsigned(out var stream) || stream > uint.MaxValue
            || !pack.TryReadUnsigned(out var seq)
            || !pack.TryReadBoolean(out var isDuplicate)
            || !pack.TryReadBoolean(out var mayRetry)
            || !TryReadNumber(ref pack, out var queueDepth)
            || !TryReadOnline(ref pack, out var online)
            || !TryReadNumber(ref pack, out var reached)
            || !TryReadText(ref pack, out var error))
        {
            return false;
        }

        result = new BatchResult
        {
            Status = (byte)status,
            MessageId = messageId,
            Stream = (uint)stream,
            Seq = seq,
            IsDuplicate = isDuplicate,
            MayRetry = mayRetry,
            QueueDepth = queueDepth ?? -1,
            Online = online,
            Reached = reached,
            Error = error,
        };
        return true;
    }

    private static bool TryReadText(scoped ref PackReader pack, out ReadOnlySpan<byte> text)
    {
        text = default;
        return pack.TryReadNil() || pack.TryReadBytes(out text);
    }

    private static bool TryReadNumber(scoped ref PackReader pack, out int? number)
    {
        number = null;
        if (pack.TryReadNil())
        {
            return true;
        }

        var isRead = pack.TryReadUnsigned(out var value) && value <= int.MaxValue;
        number = isRead ? (int)value : null;
        return isRead;
    }

    private static bool TryReadOnline(scoped ref PackReader pack, out bool? online)
    {
        online = null;
        if (pack.TryReadNil())
        {
            return true;
        }

        var isRead = pack.TryReadBoolean(out var value);
        online = value;
        return isRead;
    }
}
