using System.Runtime.InteropServices;
using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Floor;

/// <summary>
/// One thread with its own listening socket. Devices are watched edge-triggered, for input and output at once, so a connection costs one
/// epoll_ctl in its life and an acknowledgement one recv; a publisher is watched level-triggered and gets one read in a turn, so that it
/// starves nobody.
/// </summary>
internal sealed class FloorLoop
{
    private const int EventsMax = 512;
    private const int ReceiveBytes = 64 * 1024;

    private readonly FloorDevices _devices;
    private readonly FloorConnection[] _connections;
    private readonly byte[] _buffer = new byte[ReceiveBytes];
    private readonly int _epoll = FloorNative.CreateEpoll();
    private readonly int _listener;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private long _acked;

    public FloorLoop(int listener, FloorDevices devices, FloorConnection[] connections)
    {
        _listener = listener;
        _devices = devices;
        _connections = connections;
        FloorNative.Watch(_epoll, FloorNative.Add, listener, FloorNative.In);
        _thread = new Thread(Run) { IsBackground = true, Name = "floor" };
    }

    public long Acked => Volatile.Read(ref _acked);

    public Task Ended => _ended.Task;

    public void Start() => _thread.Start();

    public void Stop()
    {
        _stopping = true;
        FloorNative.Shutdown(_listener);
    }

    private void Run()
    {
        try
        {
            var events = new byte[EventsMax * FloorNative.EventBytes];
            while (!_stopping)
            {
                Turn(events);
            }

            FloorNative.Close(_listener);
            FloorNative.Close(_epoll);
            _ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it was, the process is to end with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ended.SetException(e);
        }
    }

    private void Turn(byte[] events)
    {
        var count = FloorNative.Wait(_epoll, events, -1);
        for (var i = 0; i < count; i++)
        {
            var at = i * FloorNative.EventBytes;
            var what = MemoryMarshal.Read<uint>(events.AsSpan(at));
            var descriptor = MemoryMarshal.Read<int>(events.AsSpan(at + FloorNative.EventData));
            if (descriptor == _listener)
            {
                AcceptAll();
            }
            else
            {
                Serve(descriptor, what);
            }
        }
    }

    private void AcceptAll()
    {
        int accepted;
        while ((accepted = FloorNative.Accept(_listener)) >= 0)
        {
            if (accepted >= _connections.Length)
            {
                FloorNative.Close(accepted);
                continue;
            }

            FloorNative.Watch(_epoll, FloorNative.Add, accepted, FloorNative.In | FloorNative.Out | FloorNative.ReadHangUp | FloorNative.EdgeTriggered);
        }
    }

    private void Serve(int descriptor, uint what)
    {
        ref var connection = ref _connections[descriptor];
        if (connection.Backlog is not null && (what & FloorNative.Out) != 0)
        {
            lock (_devices.Gate)
            {
                _devices.Flush(descriptor);
            }
        }

        if ((what & ~FloorNative.Out) != 0 && !(connection.Publisher is { } publisher ? ReadPublisher(descriptor, publisher) : ReadDevice(descriptor, ref connection, what)))
        {
            lock (_devices.Gate)
            {
                _devices.Leave(descriptor);
            }

            FloorNative.Close(descriptor);
        }
    }

    private bool ReadPublisher(int descriptor, FloorPublisher publisher)
    {
        var received = FloorNative.Receive(descriptor, publisher.Free);
        if (received <= 0)
        {
            return received == -FloorNative.Again;
        }

        publisher.Received(received);
        return Deliver(publisher);
    }

    private bool Deliver(FloorPublisher publisher)
    {
        lock (_devices.Gate)
        {
            return publisher.Deliver(_devices);
        }
    }

    // A read that did not fill the buffer has emptied the socket (epoll(7)), unless the end is to be read yet.
    private bool ReadDevice(int descriptor, ref FloorConnection connection, uint what)
    {
        while (true)
        {
            var kept = connection.Rest?.Length ?? 0;
            connection.Rest?.CopyTo(_buffer, 0);
            connection.Rest = null;
            var received = FloorNative.Receive(descriptor, _buffer.AsSpan(kept));
            if (received <= 0)
            {
                connection.Rest = kept > 0 ? _buffer[..kept] : null;
                return received == -FloorNative.Again;
            }

            var bytes = _buffer.AsSpan(0, kept + received);
            if (connection.Device == 0 && bytes[0] == 0)
            {
                return BecomePublisher(descriptor, ref connection, bytes);
            }

            if (!ReadFrames(descriptor, ref connection, bytes))
            {
                return false;
            }

            if (kept + received < _buffer.Length && (what & FloorNative.ReadHangUp) == 0)
            {
                return true;
            }
        }
    }

    private bool BecomePublisher(int descriptor, ref FloorConnection connection, ReadOnlySpan<byte> bytes)
    {
        connection.Publisher = new FloorPublisher();
        connection.Publisher.Add(bytes);
        FloorNative.Watch(_epoll, FloorNative.Change, descriptor, FloorNative.In);
        return Deliver(connection.Publisher);
    }

    private bool ReadFrames(int descriptor, ref FloorConnection connection, ReadOnlySpan<byte> bytes)
    {
        int length;
        while ((length = DeviceFrames.Measure(bytes)) > 0)
        {
            if (!OnFrame(descriptor, ref connection, bytes[..length]))
            {
                return false;
            }

            bytes = bytes[length..];
        }

        connection.Rest = bytes.Length > 0 ? bytes.ToArray() : null;
        return length == 0;
    }

    private bool OnFrame(int descriptor, ref FloorConnection connection, ReadOnlySpan<byte> frame)
    {
        switch (frame[3])
        {
            case DeviceFrames.Ack:
                _acked++;
                return true;
            case DeviceFrames.Hello:
                return OnHello(descriptor, ref connection, DeviceFrames.DeviceOf(frame));
            case DeviceFrames.Proof when connection.Device > 0:
                lock (_devices.Gate)
                {
                    _devices.Join(connection.Device - 1, descriptor);
                }

                return true;
            case DeviceFrames.Heartbeat:
                lock (_devices.Gate)
                {
                    return _devices.Write(descriptor, frame);
                }

            default:
                return true;
        }
    }

    private bool OnHello(int descriptor, ref FloorConnection connection, ReadOnlySpan<byte> name)
    {
        Span<byte> challenge = stackalloc byte[DeviceFrames.ChallengeBytes];
        DeviceFrames.WriteChallenge(challenge);
        lock (_devices.Gate)
        {
            connection.Device = _devices.Register(name) + 1;
            return name.Length > 0 && _devices.Write(descriptor, challenge);
        }
    }
}
