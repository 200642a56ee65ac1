using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>Makes a page of the rows of <c>pending</c>: messages, and the gaps that tombstones and missing rows are.</summary>
internal sealed class PageBuilder(StreamState state, ulong afterSeq, int messagesMax, int bytesMax)
{
    // Tombstones cost no payload, so they are bounded on their own.
    private const int GapsMax = 1_000;

    private readonly List<StoredMessage> _messages = [];
    private readonly PageGaps _gaps = new(afterSeq);
    private readonly ulong _after = afterSeq;
    private long _bytes;

    /// <summary>Adds the row that <paramref name="row"/> stands on; false when the page is full.</summary>
    public bool TryAdd(SqliteStatement row)
    {
        var seq = StreamKey.Seq(row.Int64(0));
        var ended = (MessageState)row.Int32(1);
        if (_gaps.Gaps.Count >= GapsMax)
        {
            return false;
        }

        if (ended != MessageState.Pending)
        {
            _gaps.AddEnded(seq, ended);
            return true;
        }

        var payload = row.Blob(6);
        if (_messages.Count >= messagesMax || (_messages.Count > 0 && _bytes + payload.Length > bytesMax))
        {
            return false;
        }

        _bytes += payload.Length;
        _gaps.AddMessage(seq);
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
    public MessagePage BuildPart() => new(state.Stream, _after, _gaps.ThroughSeq, state.LastSeq, _messages, _gaps.Gaps);

    /// <summary>The page, when it reaches the end of the stream.</summary>
    public MessagePage BuildWhole()
    {
        _gaps.AddMissing(state.LastSeq + 1);
        return BuildPart();
    }
}
