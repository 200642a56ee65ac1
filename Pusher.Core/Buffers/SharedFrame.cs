using System.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Core.Buffers;

/// <summary>
/// A frame that is encoded once and sent to any number of connections. Its owner, a pool, gives it out and gets it back
/// with its last reference. Users hold a <see cref="FrameLease"/>.
/// </summary>
/// <remarks>
/// Threading: any thread that holds a reference. The bytes do not change while there is one, but for the second encoding: the first connection that
/// asks makes it, and others that ask in those microseconds spin. A reference that is never released costs the pool one frame and nothing else.
/// </remarks>
public sealed class SharedFrame
{
    private const int VersionShift = 32;
    private const int NotMade = 0;
    private const int BeingMade = 1;
    private const int Made = 2;

    private readonly ISharedFrameOwner _owner;
    private readonly FixedBufferWriter _plain;
    private FrameLease _checksummed;
    private int _checksummedState;
    private long _state; // version << 32 | references: one word, so that a late release is seen and not taken for somebody else's

    /// <param name="owner">Who takes it back.</param>
    /// <param name="capacity">The longest frame it can hold, without a trailer, bytes.</param>
    public SharedFrame(ISharedFrameOwner owner, int capacity)
    {
        _owner = owner;
        Capacity = capacity;
        _plain = new FixedBufferWriter(capacity + FrameHeader.TrailerSize);
    }

    /// <summary>The longest frame it can hold, without a trailer, bytes.</summary>
    public int Capacity { get; }

    /// <summary>Length of the plain encoding, bytes.</summary>
    internal int Length => _plain.Written.Length;

    /// <summary>
    /// For the owner, with nobody holding the frame: begins a new life with one reference. The frame is written into <paramref name="output"/> before anybody
    /// else sees it.
    /// </summary>
    public FrameLease Open(out IBufferWriter<byte> output)
    {
        _plain.Reset();
        _checksummedState = NotMade;
        var version = (int)(Volatile.Read(ref _state) >> VersionShift);
        Volatile.Write(ref _state, ((long)version << VersionShift) | 1);
        output = _plain;
        return new FrameLease(this, version);
    }

    internal ReadOnlySpan<byte> Bytes(int version, FrameFlags flags)
    {
        Require(version, Volatile.Read(ref _state));
        return (flags & FrameFlags.Checksum) == 0 ? _plain.Written : Checksummed();
    }

    internal void AddReference(int version)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            Require(version, state);
            if (Interlocked.CompareExchange(ref _state, state + 1, state) == state)
            {
                return;
            }
        }
    }

    internal void Release(int version)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            Require(version, state);
            var isLast = (uint)state == 1;
            var next = isLast ? (long)(version + 1) << VersionShift : state - 1;
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                if (isLast)
                {
                    End();
                }

                return;
            }
        }
    }

    private void End()
    {
        if (_checksummedState == Made)
        {
            _checksummed.Release();
            _checksummed = default;
        }

        _owner.Return(this);
    }

    private static void Require(int version, long state)
    {
        if ((int)(state >> VersionShift) != version || (uint)state == 0)
        {
            throw new InvalidOperationException("A shared frame was used after its last reference was released.");
        }
    }

    // Devices that want the trailer are few: the second encoding is made when the first of them is met, once for all of them, in a frame of its own.
    private ReadOnlySpan<byte> Checksummed()
    {
        if (Volatile.Read(ref _checksummedState) != Made)
        {
            MakeChecksummed();
        }

        return _checksummed.Bytes(FrameFlags.None);
    }

    private void MakeChecksummed()
    {
        if (Interlocked.CompareExchange(ref _checksummedState, BeingMade, NotMade) == NotMade)
        {
            _checksummed = _owner.Rent(Length, out var output);
            ChecksummedFrame.Write(output, _plain.Written);
            Volatile.Write(ref _checksummedState, Made);
            return;
        }

        var spin = default(SpinWait);
        while (Volatile.Read(ref _checksummedState) != Made)
        {
            spin.SpinOnce();
        }
    }
}
