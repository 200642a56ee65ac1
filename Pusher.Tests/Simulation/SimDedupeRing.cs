using Pusher.Client.Devices;
using Pusher.Core.Messages;

namespace Pusher.Tests.Simulation;

/// <summary>The device's real ring, behind a disk of which only what was committed survives a crash.</summary>
public sealed class SimDedupeRing : IDedupeRing
{
    private readonly List<Action<DedupeRing>> _pending = [];
    private readonly List<Action<DedupeRing>> _committed = [];
    private DedupeRing _ring = new();

    public IReadOnlyCollection<StreamPosition> Positions => _ring.Positions;

    public bool TryGet(ulong messageId, out DedupeEntry entry) => _ring.TryGet(messageId, out entry);

    public void RecordStarted(ulong messageId) => Record(r => r.RecordStarted(messageId));

    public void RecordFinished(ulong messageId, in HandlingResult result)
    {
        var copy = result;
        Record(r => r.RecordFinished(messageId, copy));
    }

    public void RecordPosition(StreamPosition position) => Record(r => r.RecordPosition(position));

    public void ForgetStream(uint stream) => Record(r => r.ForgetStream(stream));

    public void Commit()
    {
        _committed.AddRange(_pending);
        _pending.Clear();
    }

    /// <summary>The power is gone: back to what was committed.</summary>
    public void Crash()
    {
        _pending.Clear();
        _ring = new DedupeRing();
        _committed.ForEach(step => step(_ring));
    }

    public void Dispose() => _ring.Dispose();

    private void Record(Action<DedupeRing> step)
    {
        step(_ring);
        _pending.Add(step);
    }
}
