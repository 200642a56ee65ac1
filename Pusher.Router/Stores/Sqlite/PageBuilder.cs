using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>Makes a page of the rows of <c>pending</c>: messages, and the gaps that tombstones and missing rows are.</summary>
internal sealed class PageBuilder(StreamState state, ulong afterSeq, int messagesMax, int bytesMax)
{
    // Tombstones cost no payload, so they are bounded on their own.
    private const int GapsMax = 1_000;

    private readonly List<StoredMessage> _messages = [];
    private readonly List<SequenceGap> _gaps = [];
    private readonly ulong _after = afterSeq;
    private ulong _through = afterSeq;
    private long _bytes;

    /// <summary>Adds the row that <paramref name="row"/> stands on; false when the page is full.</summary>
    public bool TryAdd(SqliteStatement row)
    {
        var seq = StreamKey.Seq(row.Int64(0));
        var ended = (MessageState)row.Int32(1);
        if (_gaps.Count >= GapsMax)
        {
            return false;
        }

        if (ended != MessageState.Pending)
        {
            AddMissing(seq);
            AddGap(seq, seq, Reason(ended));
            return true;
        }

        var payload = row.Blob(6);
        if (_messages.Count >= messagesMax || (_messages.Count > 0 && _bytes + payload.Length > bytesMax))
        {
            return false;
        }

        AddMissing(seq);
        _bytes += payload.Length;
        _through = seq;
        _messages.Add(new StoredMessage
        {
            MessageId = (ulong)row.Int64(2),
            Stream = state.Stream,
            Seq = seq,
            Priority = (byte)row.Int32(3),
            ExpiresAtUnixMs = row.Int64(4),
            Attempts = row.Int32(5),
            Payload = payload.ToArray(),
        });
        return true;
    }

    /// <summary>The page, when rows are left behind it.</summary>
    public MessagePage BuildPart() => new(state.Stream, _after, _through, state.LastSeq, _messages, _gaps);

    /// <summary>The page, when it reaches the end of the stream.</summary>
    public MessagePage BuildWhole()
    {
        AddMissing(state.LastSeq + 1);
        return BuildPart();
    }

    // No row: acknowledged, or ended so long ago that its status is forgotten.
    private void AddMissing(ulong beforeSeq)
    {
        if (beforeSeq > _through + 1)
        {
            AddGap(_through + 1, beforeSeq - 1, SkipReason.Unspecified);
        }
    }

    private void AddGap(ulong first, ulong last, SkipReason reason)
    {
        _through = last;
        if (_gaps.Count > 0 && _gaps[^1] is var before && before.Reason == reason && before.LastSeq + 1 == first)
        {
            _gaps[^1] = before with { LastSeq = last };
            return;
        }

        _gaps.Add(new SequenceGap(first, last, reason));
    }

    private static SkipReason Reason(MessageState state) => state switch
    {
        MessageState.Expired => SkipReason.Expired,
        MessageState.Dead => SkipReason.Dead,
        MessageState.Cancelled => SkipReason.Cancelled,
        MessageState.Collapsed => SkipReason.Collapsed,
        _ => SkipReason.Unspecified,
    };
}
