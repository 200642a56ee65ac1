using Pusher.Core.Protocol;

namespace Pusher.Transport.Connections;

/// <summary>Counters of one loop.</summary>
/// <remarks>Threading: written on the loop's thread only, read from any thread; a reader may see values a turn old.</remarks>
internal sealed class LoopCounters
{
    private const int WireReasons = 32;
    private const int LocalReasons = 16;
    private const int FirstLocalReason = 256;

    private readonly long[] _closed = new long[WireReasons + LocalReasons];
    private long _bytesIn;
    private long _bytesOut;
    private long _backlogBytes;
    private int _connections;

    public long BytesIn => Volatile.Read(ref _bytesIn);

    public long BytesOut => Volatile.Read(ref _bytesOut);

    public long BacklogBytes => Volatile.Read(ref _backlogBytes);

    public int Connections => Volatile.Read(ref _connections);

    public long ClosedTotal
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < _closed.Length; i++)
            {
                sum += Volatile.Read(ref _closed[i]);
            }

            return sum;
        }
    }

    public long Closed(CloseReason reason) => Volatile.Read(ref _closed[IndexOf(reason)]);

    public void Received(int bytes) => Volatile.Write(ref _bytesIn, _bytesIn + bytes);

    public void Sent(int bytes) => Volatile.Write(ref _bytesOut, _bytesOut + bytes);

    public void BacklogChanged(long bytes) => Volatile.Write(ref _backlogBytes, _backlogBytes + bytes);

    public void ConnectionAdded() => Volatile.Write(ref _connections, _connections + 1);

    public void ConnectionRemoved(CloseReason reason)
    {
        ref long closed = ref _closed[IndexOf(reason)];
        Volatile.Write(ref closed, closed + 1);
        Volatile.Write(ref _connections, _connections - 1);
    }

    private static int IndexOf(CloseReason reason)
    {
        int value = (int)reason;
        return value < FirstLocalReason
            ? Math.Min(value, WireReasons - 1)
            : WireReasons + Math.Min(value - FirstLocalReason, LocalReasons - 1);
    }
}
