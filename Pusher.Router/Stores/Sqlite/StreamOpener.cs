using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// A login that changes something: what the device has seen is acknowledged, and a device that has seen more than the store
/// holds proves that the store lost data, so it gets a new stream.
/// </summary>
/// <remarks>
/// A seq of the old stream may have been given to another message since the loss. So nothing is acknowledged by a proof of
/// loss: everything pending is numbered anew and sent, and the device knows by the message id what it has handed over before.
/// Threading: the writer's, inside its transaction.
/// </remarks>
internal sealed class StreamOpener(WriteSession session, MessageWriter writer)
{
    private readonly List<PendingRow> _rows = [];

    /// <summary>The device as it stands behind the login, and with it the resets that are new (the others were counted before).</summary>
    public OpenOutcome Open(in DeviceKey device, ReadOnlySpan<StreamPosition> seen)
    {
        if (session.Devices.Find(device) is null && seen.IsEmpty)
        {
            return new OpenOutcome(new DeviceOpened([], []), 0);
        }

        var isNew = session.Devices.Find(device) is null;
        var entry = session.Devices.FindOrCreate(device);
        var lost = FindLost(entry, seen);
        if (lost.Count > 0 && !isNew)
        {
            Renumber(entry, LostOf(lost, entry.Stream));
        }

        var resets = new List<StreamReset>();
        foreach (var (stream, count) in lost)
        {
            session.Devices.Retire(entry, stream, count, session.NowUnixMs);
        }

        foreach (var position in seen)
        {
            if (position.Stream != entry.Stream && session.Devices.LostWith(entry, position.Stream) is { } count)
            {
                resets.Add(new StreamReset(position.Stream, entry.Stream, count));
            }
            else if (position.Stream == entry.Stream && position.Seq > entry.AckedSeq)
            {
                writer.Acknowledge(entry, position.Seq);
            }
        }

        return new OpenOutcome(new DeviceOpened([new StreamState(entry.Stream, entry.AckedSeq, entry.LastSeq)], resets), lost.Count);
    }

    private List<(uint Stream, uint Lost)> FindLost(DeviceEntry entry, ReadOnlySpan<StreamPosition> seen)
    {
        var lost = new List<(uint Stream, uint Lost)>();
        foreach (var position in seen)
        {
            if (position.Stream == entry.Stream)
            {
                if (position.Seq > entry.LastSeq)
                {
                    lost.Add((position.Stream, (uint)Math.Min(position.Seq - entry.LastSeq, uint.MaxValue - 1)));
                }
            }
            else if (position.Stream != 0 && session.Devices.LostWith(entry, position.Stream) is null)
            {
                lost.Add((position.Stream, uint.MaxValue));
            }
        }

        return lost;
    }

    // A live stream that is left because another one was lost has itself lost nothing.
    private static uint LostOf(List<(uint Stream, uint Lost)> lost, uint stream)
    {
        foreach (var item in lost)
        {
            if (item.Stream == stream)
            {
                return item.Lost;
            }
        }

        return 0;
    }

    private void Renumber(DeviceEntry entry, uint lost)
    {
        var old = entry.Stream;
        session.Messages.ReadRange(old, 0, StreamKey.SeqMax, int.MaxValue, _rows);
        session.Devices.ReplaceStream(entry, lost, session.NowUnixMs);
        foreach (var row in _rows)
        {
            if (row.State == MessageState.Pending)
            {
                session.Messages.Move(row, entry.Stream, ++entry.LastSeq);
            }
        }

        session.Messages.DeleteRange(old, 0, StreamKey.SeqMax); // the tombstones: nobody will ask for the old seqs again
    }
}
