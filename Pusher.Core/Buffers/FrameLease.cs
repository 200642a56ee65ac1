using Pusher.Core.Protocol;

namespace Pusher.Core.Buffers;

/// <summary>
/// A reference to a <see cref="SharedFrame"/> in one of its lives. Each holder releases exactly once: whoever hands a lease on adds a
/// reference for the other side first. A lease that outlived its frame throws instead of touching the next frame in the same buffer.
/// </summary>
public readonly struct FrameLease
{
    /// <param name="frame">The frame.</param>
    /// <param name="version">Which of its lives; from <see cref="Version"/> of another lease, where a lease cannot travel whole.</param>
    public FrameLease(SharedFrame frame, int version)
    {
        Frame = frame;
        Version = version;
    }

    /// <summary>The frame that is leased.</summary>
    public SharedFrame Frame { get; }

    /// <summary>Which life of the frame.</summary>
    public int Version { get; }

    /// <summary>Length of the frame without a trailer, bytes.</summary>
    public int Length => Frame.Length;

    /// <summary>The whole frame as a connection with these flags gets it. Valid until the release.</summary>
    /// <exception cref="InvalidOperationException">The frame was released.</exception>
    public ReadOnlySpan<byte> Bytes(FrameFlags flags) => Frame.Bytes(Version, flags);

    /// <summary>One more holder.</summary>
    /// <exception cref="InvalidOperationException">The frame was released.</exception>
    public void AddReference() => Frame.AddReference(Version);

    /// <summary>One holder less; the last one gives the frame back to its pool.</summary>
    /// <exception cref="InvalidOperationException">The frame was released before: a defect of the caller.</exception>
    public void Release() => Frame.Release(Version);
}
