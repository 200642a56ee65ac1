using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Kestrel;

/// <summary>The devices that are online, and what was done.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class KestrelDevices
{
    private readonly Lock _gate = new();
    private readonly NameTable _names = new();
    private KestrelDevice?[] _devices = new KestrelDevice?[1024];
    private long _logins;
    private long _published;
    private long _pushed;
    private long _acked;
    private long _undeliverable;
    private int _streams;

    public ServerCounts Counts => new(
        Interlocked.Read(ref _logins),
        Interlocked.Read(ref _published),
        Interlocked.Read(ref _pushed),
        Interlocked.Read(ref _acked),
        Interlocked.Read(ref _undeliverable));

    public uint NextStream() => (uint)Interlocked.Increment(ref _streams);

    public void Acked(int count) => Interlocked.Add(ref _acked, count);

    /// <summary>The device's number.</summary>
    public int Register(ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            var number = _names.Add(name);
            if (number >= _devices.Length)
            {
                Array.Resize(ref _devices, 2 * _devices.Length);
            }

            return number;
        }
    }

    public void Join(int number, KestrelDevice device)
    {
        Interlocked.Increment(ref _logins);
        lock (_gate)
        {
            _devices[number] = device;
        }
    }

    public void Leave(int number, KestrelDevice device)
    {
        lock (_gate)
        {
            if (_devices[number] == device)
            {
                _devices[number] = null;
            }
        }
    }

    public void Publish(in RawPublish publish, ReadOnlySpan<byte> body)
    {
        var message = (ulong)Interlocked.Increment(ref _published);
        if (!publish.IsToAll)
        {
            Push(Find(publish.Device), body, message, publish.Qos);
            return;
        }

        for (var i = 0; i < _names.Count; i++)
        {
            if (Volatile.Read(ref _devices[i]) is { } device)
            {
                Push(device, body, message, publish.Qos);
            }
        }
    }

    private KestrelDevice? Find(ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            var number = _names.Find(name);
            return number < 0 ? null : _devices[number];
        }
    }

    private void Push(KestrelDevice? device, ReadOnlySpan<byte> body, ulong message, int qos)
    {
        if (device?.Push(body, message, qos) == true)
        {
            Interlocked.Increment(ref _pushed);
        }
        else
        {
            Interlocked.Increment(ref _undeliverable);
        }
    }
}
