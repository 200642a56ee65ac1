using Pusher.Core.Protocol;
using Pusher.Transport.Connections;

namespace Pusher.Transport;

/// <summary>What a transport has done since its start. Sums over its loops.</summary>
/// <remarks>Threading: readable from any thread; the values of one moment are not a consistent cut.</remarks>
public sealed class TransportCounters
{
    private readonly LoopCounters[] _loops;
    private long _accepted;
    private long _refusedAtLimit;
    private long _acceptFailures;

    internal TransportCounters(LoopCounters[] loops)
    {
        _loops = loops;
    }

    /// <summary>Connections handed to a loop.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections closed at accept because <see cref="TransportOptions.ConnectionsMax"/> was reached.</summary>
    public long RefusedAtLimit => Volatile.Read(ref _refusedAtLimit);

    /// <summary>Failed accepts: no file descriptor left, no memory, connection gone before it was accepted.</summary>
    public long AcceptFailures => Volatile.Read(ref _acceptFailures);

    /// <summary>Connections open now.</summary>
    public int Connections => (int)Sum(static loop => loop.Connections);

    /// <summary>Bytes received.</summary>
    public long BytesIn => Sum(static loop => loop.BytesIn);

    /// <summary>Bytes that the kernel took.</summary>
    public long BytesOut => Sum(static loop => loop.BytesOut);

    /// <summary>Bytes written that the kernel has not taken yet.</summary>
    public long BacklogBytes => Sum(static loop => loop.BacklogBytes);

    /// <summary>Connections closed, whatever the reason.</summary>
    public long ClosedTotal => Sum(static loop => loop.ClosedTotal);

    /// <summary>Connections closed for one reason.</summary>
    public long Closed(CloseReason reason)
    {
        long sum = 0;
        foreach (LoopCounters loop in _loops)
        {
            sum += loop.Closed(reason);
        }

        return sum;
    }

    internal void AddAccepted() => Interlocked.Increment(ref _accepted);

    internal void AddRefusedAtLimit() => Interlocked.Increment(ref _refusedAtLimit);

    internal void AddAcceptFailure() => Interlocked.Increment(ref _acceptFailures);

    private long Sum(Func<LoopCounters, long> value)
    {
        long sum = 0;
        foreach (LoopCounters loop in _loops)
        {
            sum += value(loop);
        }

        return sum;
    }
}
