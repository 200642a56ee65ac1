namespace Pusher.Core.Protocol;

/// <summary>What <see cref="FrameReader"/> made of the bytes.</summary>
public enum FrameReadStatus
{
    /// <summary>A whole frame; the buffer was advanced past it.</summary>
    Frame,

    /// <summary>So far a legal beginning; more bytes are needed. The buffer was left alone.</summary>
    NeedMore,

    /// <summary>No frame can come of it; close with the error. The buffer was left alone.</summary>
    Invalid,
}
