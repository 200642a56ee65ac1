using System.Buffers;

namespace Pusher.Core.Buffers;

/// <summary>Gives out <see cref="SharedFrame"/>s and gets them back when their last reference is released.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface ISharedFrameOwner
{
    /// <summary>A frame with one reference, and where to write it. Nobody else may see the frame before it is written.</summary>
    /// <param name="bytes">Length of the frame without a trailer.</param>
    /// <param name="output">Has room for so many bytes and a trailer, and is to be used by this caller only, once.</param>
    FrameLease Rent(int bytes, out IBufferWriter<byte> output);

    /// <summary>Called once per life of the frame; nobody holds it any more. Must be quick and must not throw.</summary>
    void Return(SharedFrame frame);
}
