using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Faults;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>What happens to messages one at a time: append, acknowledge, result, attempts, give up.</summary>
/// <remarks>Threading: the writer's, inside its transaction.</remarks>
internal sealed class MessageWriter(WriteSession session, Breakage breakage)
{
    private readonly List<PendingRow> _rows = [];
    private readonly bool _skipsStore = (breakage & Breakage.Store) != 0;
    private readonly bool _skipsDedupe = (breakage & Breakage.Dedupe) != 0;

    /// <summary>Sets the answer that holds if the transaction commits.</summary>
    public void Append(AppendOperation operation)
    {
        CrashPoint.Hit(CrashPoint.BeforeStore);
        var entry = session.Devices.FindOrCreate(operation.Device);
        if (IsDuplicate(operation, entry))
        {
            return;
        }

        if (entry.PendingCount >= session.Options.QueueMessagesMax
            || entry.PendingBytes + operation.Payload.Length > session.Options.QueueBytesMax
            || entry.LastSeq >= StreamKey.SeqMax)
        {
            operation.Status = AppendStatus.QueueFull;
            operation.QueueDepth = entry.PendingCount;
            return;
        }

        var seq = entry.LastSeq + 1;
        if (!_skipsStore && !session.Messages.TryInsert(operation, entry.DeviceId, entry.Stream, seq))
        {
            operation.Status = AppendStatus.Unavailable;
            return;
        }

        session.Devices.Touch(entry);
        entry.LastSeq = seq;
        entry.LastMessageId = (long)operation.MessageId;
        entry.LastBytes = operation.Payload.Length;
        entry.PendingCount++;
        entry.PendingBytes += operation.Payload.Length;
        Answer(operation, AppendStatus.Stored, entry, entry.Stream, seq);
    }

    /// <summary>
    /// Ends everything through <paramref name="seq"/>. Acknowledgements of another stream, of the past and of what was never
    /// stored change nothing.
    /// </summary>
    public bool Acknowledge(in DeviceKey device, uint stream, ulong seq)
    {
        CrashPoint.Hit(CrashPoint.AfterAck);
        if (session.Devices.Find(device) is not { } entry || entry.Stream != stream || seq <= entry.AckedSeq || seq > entry.LastSeq)
        {
            return false;
        }

        Acknowledge(entry, seq);
        return true;
    }

    /// <summary>Likewise, for a seq that is known to be within the stream.</summary>
    public void Acknowledge(DeviceEntry entry, ulong seq)
    {
        session.Devices.MarkDirty(entry);
        if (entry.PendingCount == 1 && seq == entry.LastSeq && entry.AckedSeq + 1 == seq && entry.LastMessageId != 0)
        {
            // The usual case, one message that was just sent: nothing needs to be read.
            session.Messages.DeletePosition(StreamKey.Of(entry.Stream, seq));
            session.Messages.Acknowledge(entry.LastMessageId, session.NowUnixMs);
            entry.PendingCount = 0;
            entry.PendingBytes = 0;
        }
        else
        {
            AcknowledgeRange(entry, seq);
        }

        entry.AckedSeq = seq;
    }

    public void RecordDone(in DeviceKey device, ulong messageId, DeliveryResult result, string? text)
    {
        if (session.Devices.Find(device) is { } entry)
        {
            session.Messages.RecordDone(entry.DeviceId, messageId, result, text, session.NowUnixMs);
        }
    }

    public void RecordAttempts(in DeviceKey device, uint stream, ulong seq, int attempts)
    {
        if (session.Devices.Find(device) is { } entry && entry.Stream == stream && seq <= entry.LastSeq)
        {
            session.Messages.RecordAttempts(StreamKey.Of(stream, seq), attempts);
        }
    }

    /// <summary>Ends a pending message as dead; null when it is not pending.</summary>
    public ulong? GiveUp(in DeviceKey device, uint stream, ulong seq)
    {
        if (session.Devices.Find(device) is not { } entry || entry.Stream != stream || seq == 0 || seq > entry.LastSeq)
        {
            return null;
        }

        session.Messages.ReadRange(stream, seq - 1, seq, 1, _rows);
        if (_rows.Count == 0 || _rows[0].State != MessageState.Pending)
        {
            return null;
        }

        Bury(entry, _rows[0], MessageState.Dead);
        return (ulong)_rows[0].MessageId;
    }

    /// <summary>Ends a pending message that no acknowledgement ends.</summary>
    public void Bury(DeviceEntry entry, in PendingRow row, MessageState state)
    {
        session.Devices.Touch(entry);
        session.Messages.Bury(row.Position, row.MessageId, state, session.NowUnixMs);
        entry.PendingCount--;
        entry.PendingBytes -= row.Bytes;
        if (row.MessageId == entry.LastMessageId)
        {
            entry.LastMessageId = 0;
        }
    }

    private bool IsDuplicate(AppendOperation operation, DeviceEntry entry)
    {
        if (operation.PublisherId is null || _skipsDedupe
            || !session.Messages.TryFindDuplicate(entry.DeviceId, operation.PublisherId, out var first)
            || session.NowUnixMs - first.AcceptedAtUnixMs >= (long)session.Options.DedupeRetention.TotalMilliseconds)
        {
            return false;
        }

        operation.MessageId = first.MessageId;
        Answer(operation, AppendStatus.Duplicate, entry, first.Stream, first.Seq);
        return true;
    }

    private void AcknowledgeRange(DeviceEntry entry, ulong seq)
    {
        session.Messages.ReadRange(entry.Stream, entry.AckedSeq, seq, int.MaxValue, _rows);
        session.Messages.DeleteRange(entry.Stream, entry.AckedSeq, seq);
        foreach (var row in _rows)
        {
            if (row.State == MessageState.Pending)
            {
                session.Messages.Acknowledge(row.MessageId, session.NowUnixMs);
                entry.PendingCount--;
                entry.PendingBytes -= row.Bytes;
            }
        }
    }

    private static void Answer(AppendOperation operation, AppendStatus status, DeviceEntry entry, uint stream, ulong seq)
    {
        operation.Status = status;
        operation.Stream = stream;
        operation.Seq = seq;
        operation.QueueDepth = entry.PendingCount;
    }
}
