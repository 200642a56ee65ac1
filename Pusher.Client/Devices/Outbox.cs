using System.Buffers;

namespace Pusher.Client.Devices;

/// <summary>Bytes on their way to the socket: the session fills one buffer while the other is being sent.</summary>
/// <remarks>Threading: filled, taken and completed under the client's gate; the memory taken is the sender's until it takes again.</remarks>
internal sealed class Outbox : IBufferWriter<byte>
{
    private ArrayBufferWriter<byte> _filling = new(256);
    private ArrayBufferWriter<byte> _sending = new(256);

    /// <summary>Something is to be sent, or nothing will come any more.</summary>
    public bool IsDue => Completed || _filling.WrittenCount > 0;

    /// <summary>No more will be written; what is there is still sent.</summary>
    public bool Completed { get; set; }

    public void Advance(int count) => _filling.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _filling.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _filling.GetSpan(sizeHint);

    /// <summary>What was written since the last time.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        _sending.ResetWrittenCount();
        (_filling, _sending) = (_sending, _filling);
        return _sending.WrittenMemory;
    }
}
