using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Floor;

/// <summary>The table of devices and everything that is written to them.</summary>
/// <remarks>
/// Threading: with several loops the one that has read a message sends it, whoever's connection it is; a send is the kernel's to serialize, and
/// cheaper than a hand-over. The caller holds <see cref="Gate"/>, which a publisher takes once per read and a device only to log in, to be
/// closed, to answer a heartbeat or to get what waited; never for an acknowledgement.
/// </remarks>
internal sealed class FloorDevices
{
    private readonly NameTable _names = new();
    private readonly FloorConnection[] _connections;
    private FloorDevice[] _devices = new FloorDevice[1024];
    private uint _streams;
    private ulong _messages;

    /// <param name="connections">By descriptor.</param>
    public FloorDevices(FloorConnection[] connections) => _connections = connections;

    public Lock Gate { get; } = new();

    /// <summary>Read without the gate: of the past microseconds.</summary>
    public long Logins { get; private set; }

    public long Published { get; private set; }

    public long Pushed { get; private set; }

    public long Undeliverable { get; private set; }

    /// <summary>The device's number; -1 = it never logged in.</summary>
    public int Find(ReadOnlySpan<byte> name) => _names.Find(name);

    /// <summary>The number of a device that says HELLO.</summary>
    public int Register(ReadOnlySpan<byte> name)
    {
        var device = _names.Add(name);
        if (device >= _devices.Length)
        {
            Array.Resize(ref _devices, _devices.Length * 2);
        }

        if (_devices[device].Stream == 0)
        {
            _devices[device].Descriptor = -1;
        }

        return device;
    }

    /// <summary>From now on the device is reached through this connection.</summary>
    public void Join(int device, int descriptor)
    {
        Span<byte> welcome = stackalloc byte[DeviceFrames.WelcomeBytes];
        _devices[device] = new FloorDevice { Descriptor = descriptor, Stream = ++_streams };
        Logins++;
        DeviceFrames.WriteWelcome(welcome, _streams);
        Write(descriptor, welcome);
    }

    /// <summary>The connection is about to be closed.</summary>
    public void Leave(int descriptor)
    {
        ref var connection = ref _connections[descriptor];
        if (connection.Device > 0 && _devices[connection.Device - 1].Descriptor == descriptor)
        {
            _devices[connection.Device - 1].Descriptor = -1;
        }

        connection = default;
    }

    /// <summary>A device by its number.</summary>
    public ref FloorDevice this[int device] => ref _devices[device];

    /// <summary>Writes the head of one message into <paramref name="frame"/>, which has room for it and the body behind it. False when nobody is to get it.</summary>
    public bool Encode(int device, Span<byte> frame, int qos)
    {
        Published++;
        if (device < 0 || _devices[device].Descriptor < 0)
        {
            Undeliverable++;
            return false;
        }

        WriteHead(frame, ++_messages, ref _devices[device], qos);
        return true;
    }

    /// <summary>Sends one message to everybody; with QoS 0 it is encoded once.</summary>
    public void PushToAll(Span<byte> frame, int qos)
    {
        Published++;
        var message = ++_messages;
        DeviceFrames.WritePushHead(frame, frame.Length - DeviceFrames.PushHeadBytes, message, 0, 0);
        foreach (ref var device in _devices.AsSpan(0, _names.Count))
        {
            if (qos > 0)
            {
                WriteHead(frame, message, ref device, qos);
            }

            if (device.Descriptor >= 0)
            {
                Send(ref device, frame, 1);
            }
        }
    }

    /// <summary>Sends whole frames, which are so many messages.</summary>
    public void Send(ref FloorDevice device, ReadOnlySpan<byte> frames, int messages)
    {
        if (device.Descriptor >= 0 && Write(device.Descriptor, frames))
        {
            Pushed += messages;
        }
        else
        {
            Undeliverable += messages;
        }
    }

    /// <summary>Writes a whole frame to a connection, behind what waits for it. False when it takes nothing any more.</summary>
    public bool Write(int descriptor, ReadOnlySpan<byte> frame)
    {
        ref var connection = ref _connections[descriptor];
        if (connection.Backlog is { } backlog)
        {
            return backlog.TryAdd(frame);
        }

        var sent = FloorNative.Send(descriptor, frame);
        if (sent == frame.Length)
        {
            return true;
        }

        if (sent < 0 && sent != -FloorNative.Again)
        {
            return false; // its own loop is told of the end and closes it
        }

        connection.Backlog = new FloorBacklog();
        connection.Backlog.TryAdd(frame[Math.Max(sent, 0)..]);
        Flush(descriptor); // its loop may have been told of room before it could see that something waits
        return true;
    }

    /// <summary>The connection takes bytes again.</summary>
    public void Flush(int descriptor)
    {
        ref var connection = ref _connections[descriptor];
        while (connection.Backlog is { } backlog)
        {
            var sent = FloorNative.Send(descriptor, backlog.Waiting);
            if (sent < 0)
            {
                return;
            }

            backlog.Take(sent);
            if (backlog.Waiting.IsEmpty)
            {
                connection.Backlog = null;
            }
        }
    }

    /// <summary>Closes the connections of devices; for the end of a server whose process goes on.</summary>
    public void CloseAll()
    {
        foreach (var device in _devices.AsSpan(0, _names.Count))
        {
            if (device.Descriptor >= 0)
            {
                FloorNative.Close(device.Descriptor);
            }
        }
    }

    private static void WriteHead(Span<byte> frame, ulong message, ref FloorDevice device, int qos)
    {
        var body = frame.Length - DeviceFrames.PushHeadBytes;
        if (qos == 0)
        {
            DeviceFrames.WritePushHead(frame, body, message, 0, 0);
        }
        else
        {
            DeviceFrames.WritePushHead(frame, body, message, device.Stream, ++device.Seq);
        }
    }
}
