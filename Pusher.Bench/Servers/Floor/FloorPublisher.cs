using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Floor;

/// <summary>
/// The receive buffer of a publishing connection and the PUSH frames made of what one read brought; what that is for one device leaves in one send.
/// A body is copied once: writev of a head and of the body where it lies costs more than these bytes do.
/// </summary>
internal sealed class FloorPublisher
{
    private const int ReadBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[RawPublish.LengthMax + 4 + ReadBytes];
    private FloorFrame[] _frames = new FloorFrame[1024];
    private byte[] _joined = new byte[64 * 1024];
    private byte[] _pushes = new byte[64 * 1024];
    private int _end;
    private int _pushed;
    private int _count;

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
        var at = 0;
        RawPublishStatus status;
        while ((status = RawPublish.TryRead(_buffer.AsSpan(at.._end), out var publish)) == RawPublishStatus.Frame)
        {
            var body = _buffer.AsSpan(at + publish.PayloadStart, publish.PayloadLength);
            if (publish.IsToAll)
            {
                SendGathered(devices); // what was published before it is sent before it
                devices.PushToAll(Place(body), publish.Qos);
            }
            else
            {
                Gather(devices, devices.Find(publish.Device), body, publish.Qos);
            }

            at += publish.Length;
        }

        SendGathered(devices);
        _buffer.AsSpan(at.._end).CopyTo(_buffer);
        _end -= at;
        return status != RawPublishStatus.Invalid;
    }

    // A body with room for the head in front of it.
    private Span<byte> Place(ReadOnlySpan<byte> body)
    {
        var length = DeviceFrames.PushHeadBytes + body.Length;
        if (_pushes.Length - _pushed < length)
        {
            Array.Resize(ref _pushes, 2 * (_pushed + length));
        }

        body.CopyTo(_pushes.AsSpan(_pushed + DeviceFrames.PushHeadBytes));
        return _pushes.AsSpan(_pushed, length);
    }

    private void Gather(FloorDevices devices, int device, ReadOnlySpan<byte> body, int qos)
    {
        var frame = Place(body);
        if (!devices.Encode(device, frame, qos))
        {
            return;
        }

        if (_count == _frames.Length)
        {
            Array.Resize(ref _frames, 2 * _count);
        }

        _frames[_count++] = new FloorFrame { Device = device, Start = _pushed, Length = frame.Length };
        _pushed += frame.Length;
        ref var target = ref devices[device];
        if (target.FirstFrame == 0)
        {
            target.FirstFrame = _count;
        }
        else
        {
            _frames[target.LastFrame - 1].Next = _count;
        }

        target.LastFrame = _count;
    }

    // One send for each device: of the frame where it lies, or of several copied together.
    private void SendGathered(FloorDevices devices)
    {
        for (var i = 0; i < _count; i++)
        {
            ref var frame = ref _frames[i];
            ref var device = ref devices[frame.Device];
            if (device.FirstFrame != i + 1)
            {
                continue; // sent with the first one for its device
            }

            device.FirstFrame = 0;
            if (frame.Next == 0)
            {
                devices.Send(ref device, _pushes.AsSpan(frame.Start, frame.Length), 1);
            }
            else
            {
                devices.Send(ref device, Join(i, out var frames), frames);
            }
        }

        _count = _pushed = 0;
    }

    private ReadOnlySpan<byte> Join(int first, out int frames)
    {
        var bytes = frames = 0;
        for (var at = first; at >= 0; at = _frames[at].Next - 1)
        {
            var frame = _frames[at];
            if (_joined.Length - bytes < frame.Length)
            {
                Array.Resize(ref _joined, 2 * (bytes + frame.Length));
            }

            _pushes.AsSpan(frame.Start, frame.Length).CopyTo(_joined.AsSpan(bytes));
            bytes += frame.Length;
            frames++;
        }

        return _joined.AsSpan(0, bytes);
    }
}
