using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Client.Devices;

/// <summary>
/// A ring that is also kept in a file of 512 KiB (at the default capacity), so that a message is handed over once even when
/// the process is killed or, with <see cref="RingFlush.Disk"/>, the power fails. What a cut means at each point:
/// <list type="bullet">
/// <item>before <i>started</i> is written: the message is new when it is sent again, and is handed over: right, it never was.</item>
/// <item>between <i>started</i> and <i>finished</i>: nobody knows whether it was printed; <see cref="InterruptedPolicy"/> decides.</item>
/// <item>after <i>finished</i>, before the acknowledgement: it is sent again, not handed over, its result is reported and it is acknowledged.</item>
/// <item>after the acknowledgement: the server does not send it again; if it does because it lost the acknowledgement, as above.</item>
/// </list>
/// When the file can no longer be written the ring goes on in memory and says so once (<see cref="Failure"/>): a printer with
/// worn flash must go on printing.
/// </summary>
/// <remarks>Threading: one thread at a time; the file is locked against other processes.</remarks>
public sealed class FileDedupeRing : IDedupeRing
{
    /// <summary>Slots of the file for each id: started, finished, a position, and one to spare.</summary>
    private const int SlotsPerId = 4;

    private readonly DedupeRing _memory;
    private readonly RingFile _file;
    private readonly bool _toDisk;
    private long _positionsDueAt;
    private bool _dirty;

    /// <param name="path">The file; made when missing. Its directory must exist.</param>
    /// <param name="device">Whose ring it is; another device's file is refused.</param>
    /// <param name="flush">How hard it writes.</param>
    /// <param name="capacity">Message ids to keep, 16 to 1,000,000; an existing file keeps the size it was made with.</param>
    /// <exception cref="RingFileException">The file cannot be used.</exception>
    public FileDedupeRing(string path, DeviceKey device, RingFlush flush = RingFlush.Disk, int capacity = DedupeRing.CapacityDefault)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1_000_000);
        _memory = new DedupeRing(capacity);
        _toDisk = flush == RingFlush.Disk;
        _file = RingFile.Open(path, device, capacity * SlotsPerId, Replay);
        _positionsDueAt = _file.Slots / 2;
    }

    /// <summary>Slots that could not be read when the file was opened; one torn by a power cut is normal.</summary>
    public int DamagedSlots => _file.DamagedSlots;

    /// <summary>Why the file is no longer written; null while it is.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<StreamPosition> Positions => _memory.Positions;

    /// <inheritdoc/>
    public bool TryGet(ulong messageId, out DedupeEntry entry) => _memory.TryGet(messageId, out entry);

    /// <inheritdoc/>
    public void RecordStarted(ulong messageId)
    {
        _memory.RecordStarted(messageId);
        Add(new RingSlot(RingSlotKind.Started, default, 0, 0, messageId, 0));
    }

    /// <inheritdoc/>
    public void RecordFinished(ulong messageId, in HandlingResult result)
    {
        _memory.RecordFinished(messageId, result);
        Add(new RingSlot(RingSlotKind.Finished, result.Result, 0, 0, messageId, 0));
    }

    /// <inheritdoc/>
    public void RecordPosition(StreamPosition position)
    {
        if (_memory.TryRecordPosition(position))
        {
            Add(new RingSlot(RingSlotKind.Position, default, position.Stream, position.Seq, 0, 0));
        }
    }

    /// <inheritdoc/>
    public void ForgetStream(uint stream)
    {
        _memory.ForgetStream(stream);
        Add(new RingSlot(RingSlotKind.StreamGone, default, stream, 0, 0, 0));
    }

    /// <inheritdoc/>
    public void Commit()
    {
        if (!_dirty || Failure != null)
        {
            return;
        }

        _dirty = false;
        Guard(() => _file.Flush(_toDisk));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Commit();
        _file.Dispose();
    }

    private void Add(RingSlot slot)
    {
        if (Failure != null)
        {
            return;
        }

        _dirty = true;
        Guard(() => _file.Add(slot));
        if (_file.Written >= _positionsDueAt)
        {
            RepeatPositions();
        }
    }

    /// <summary>A stream that stands still for a lap would lose its place to newer slots, so all are written twice a lap.</summary>
    private void RepeatPositions()
    {
        _positionsDueAt = long.MaxValue;
        foreach (var position in _memory.Positions)
        {
            Add(new RingSlot(RingSlotKind.Position, default, position.Stream, position.Seq, 0, 0));
        }

        _positionsDueAt = _file.Written + (_file.Slots / 2);
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e;
        }
    }

    private void Replay(RingSlot slot)
    {
        switch (slot.Kind)
        {
            case RingSlotKind.Started:
                _memory.RecordStarted(slot.MessageId);
                break;
            case RingSlotKind.Finished:
                _memory.RecordFinished(slot.MessageId, new HandlingResult(slot.Result));
                break;
            case RingSlotKind.Position:
                _memory.RecordPosition(new StreamPosition(slot.Stream, slot.Seq));
                break;
            case RingSlotKind.StreamGone:
                _memory.ForgetStream(slot.Stream);
                break;
        }
    }
}
