namespace Pusher.Core.Buffers;

/// <summary>Where a <see cref="SharedFrame"/> goes when its last reference is released.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface ISharedFrameOwner
{
    /// <summary>Called once per life of the frame; nobody holds it any more. Must be quick and must not throw.</summary>
    void Return(SharedFrame frame);
}
