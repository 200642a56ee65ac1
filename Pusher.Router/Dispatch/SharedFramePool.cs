using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using Pusher.Core.Buffers;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Gives out <see cref="SharedFrame"/>s in sizes of powers of two, from 256 bytes. What comes back is kept up to a bound per size; in the
/// steady state renting allocates nothing.
/// </summary>
/// <remarks>Threading: any thread, without a lock: frames are rented by publishers and come back from reactors.</remarks>
public sealed class SharedFramePool : ISharedFrameOwner
{
    private const int SmallestBits = 8;
    private const int LargestBits = 21; // a payload of 1 MiB and its head
    private const int BytesKept = 4 * 1024 * 1024;
    private const int FramesKeptMin = 4;

    private readonly ConcurrentQueue<SharedFrame>[] _free;
    private readonly int[] _freeCounts;
    private int _out;

    public SharedFramePool()
    {
        _free = new ConcurrentQueue<SharedFrame>[LargestBits - SmallestBits + 1];
        _freeCounts = new int[_free.Length];
        for (var i = 0; i < _free.Length; i++)
        {
            _free[i] = new ConcurrentQueue<SharedFrame>();
        }
    }

    /// <summary>Frames given out and not back yet; leaked ones stay counted.</summary>
    public int Out => Volatile.Read(ref _out);

    /// <inheritdoc/>
    /// <remarks>Up to 2 MiB.</remarks>
    public FrameLease Rent(int bytes, out IBufferWriter<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1 << LargestBits);
        var sizeClass = ClassOf(bytes);
        Interlocked.Increment(ref _out);
        if (_free[sizeClass].TryDequeue(out var frame))
        {
            Interlocked.Decrement(ref _freeCounts[sizeClass]);
        }
        else
        {
            frame = new SharedFrame(this, 1 << (sizeClass + SmallestBits));
        }

        return frame.Open(out output);
    }

    void ISharedFrameOwner.Return(SharedFrame frame)
    {
        Interlocked.Decrement(ref _out);
        var sizeClass = ClassOf(frame.Capacity);
        if (Interlocked.Increment(ref _freeCounts[sizeClass]) <= Math.Max(FramesKeptMin, BytesKept / frame.Capacity))
        {
            _free[sizeClass].Enqueue(frame);
        }
        else
        {
            Interlocked.Decrement(ref _freeCounts[sizeClass]); // a burst is not held for ever
        }
    }

    private static int ClassOf(int bytes) => bytes <= 1 << SmallestBits ? 0 : BitOperations.Log2((uint)bytes - 1) + 1 - SmallestBits;
}
