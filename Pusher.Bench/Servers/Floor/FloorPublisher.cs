using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Floor;

/// <summary>
/// The receive buffer of a publishing connection. A message is turned into its PUSH where it lies: the head is written over the bytes in
/// front of the payload, which have been read, or are the room that is left before the first frame.
/// </summary>
internal sealed class FloorPublisher
{
    private const int ReadBytes = 64 * 1024;
    private const int Headroom = 64;

    private readonly byte[] _buffer = new byte[Headroom + RawPublish.LengthMax + 4 + ReadBytes];
    private int _end = Headroom;

    /// <summary>Where the next bytes are to be received.</summary>
    public Span<byte> Free => _buffer.AsSpan(_end, ReadBytes);

    public void Add(ReadOnlySpan<byte> received)
    {
        received.CopyTo(Free);
        _end += received.Length;
    }

    public void Received(int count) => _end += count;

    /// <summary>Delivers every whole frame; false when there is one that cannot be.</summary>
    public bool Deliver(FloorDevices devices)
    {
        var at = Headroom;
        RawPublishStatus status;
        while ((status = RawPublish.TryRead(_buffer.AsSpan(at.._end), out var publish)) == RawPublishStatus.Frame)
        {
            var next = at + publish.Length;
            var body = at + publish.PayloadStart;
            var push = _buffer.AsSpan((body - DeviceFrames.PushHeadBytes)..next);
            if (publish.IsToAll)
            {
                devices.PushToAll(push, publish.Qos);
            }
            else
            {
                devices.Push(devices.Find(publish.Device), push, publish.Qos);
            }

            at = next;
        }

        _buffer.AsSpan(at.._end).CopyTo(_buffer.AsSpan(Headroom));
        _end -= at - Headroom;
        return status != RawPublishStatus.Invalid;
    }
}
