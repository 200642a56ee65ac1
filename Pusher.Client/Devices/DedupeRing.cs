using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// A ring in memory: it protects against everything but the end of the process. Bounded: the oldest id makes room for the
/// newest. 4,096 ids are far more than a window, so an id is forgotten only long after the server stopped sending it.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
public sealed class DedupeRing : IDedupeRing
{
    /// <summary>Ids kept unless told otherwise.</summary>
    public const int CapacityDefault = 4096;

    private readonly Dictionary<ulong, DedupeEntry> _entries = [];
    private readonly Queue<ulong> _order = new();
    private readonly List<StreamPosition> _positions = [];
    private readonly int _capacity;

    /// <param name="capacity">Message ids to keep; at least 16, and well above the window.</param>
    public DedupeRing(int capacity = CapacityDefault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 16);
        _capacity = capacity;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<StreamPosition> Positions => _positions;

    /// <summary>Ids remembered now.</summary>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public bool TryGet(ulong messageId, out DedupeEntry entry) => _entries.TryGetValue(messageId, out entry);

    /// <inheritdoc/>
    public void RecordStarted(ulong messageId) => Put(messageId, default);

    /// <inheritdoc/>
    public void RecordFinished(ulong messageId, in HandlingResult result)
        => Put(messageId, new DedupeEntry(true, result.Result, result.Text));

    /// <inheritdoc/>
    public void RecordPosition(StreamPosition position) => TryRecordPosition(position);

    /// <inheritdoc/>
    public void ForgetStream(uint stream) => _positions.RemoveAll(p => p.Stream == stream);

    /// <inheritdoc/>
    public void Commit()
    {
        // Memory is as safe as it gets.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held but memory.
    }

    /// <summary>True when the position was news.</summary>
    internal bool TryRecordPosition(StreamPosition position)
    {
        var index = _positions.FindIndex(p => p.Stream == position.Stream);
        if (index >= 0)
        {
            if (_positions[index].Seq >= position.Seq)
            {
                return false;
            }

            _positions.RemoveAt(index);
        }
        else if (_positions.Count == ProtocolLimits.StreamsMax)
        {
            _positions.RemoveAt(0); // the one that moved least recently
        }

        _positions.Add(position);
        return true;
    }

    private void Put(ulong messageId, DedupeEntry entry)
    {
        if (!_entries.ContainsKey(messageId))
        {
            if (_order.Count == _capacity)
            {
                _entries.Remove(_order.Dequeue());
            }

            _order.Enqueue(messageId);
        }

        _entries[messageId] = entry;
    }
}
