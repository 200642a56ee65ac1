using Pusher.Bench.Servers.Wire;
using Pusher.Transport;

namespace Pusher.Bench.Servers.Transport;

/// <summary>Which reactor and connection a device is on.</summary>
/// <remarks>Threading: the caller holds <see cref="Gate"/>; a publisher takes it once per read.</remarks>
internal sealed class BareDevices
{
    private readonly NameTable _names = new();
    private BarePlace[] _places = new BarePlace[1024];

    public Lock Gate { get; } = new();

    /// <summary>The device's number.</summary>
    public int Register(ReadOnlySpan<byte> name)
    {
        var device = _names.Add(name);
        if (device >= _places.Length)
        {
            Array.Resize(ref _places, _places.Length * 2);
        }

        return device;
    }

    public void Join(int device, BareReactor reactor, ConnectionId connection) => _places[device] = new BarePlace(reactor, connection);

    public void Leave(int device, ConnectionId connection)
    {
        if (_places[device].Connection == connection)
        {
            _places[device] = default;
        }
    }

    /// <summary><c>default</c> when the device is not online.</summary>
    public BarePlace Find(ReadOnlySpan<byte> name)
    {
        var device = _names.Find(name);
        return device < 0 ? default : _places[device];
    }
}
