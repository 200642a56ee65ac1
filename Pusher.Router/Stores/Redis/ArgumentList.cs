using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pusher.Router.Redis;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Collects the arguments of one script.</summary>
internal sealed class ArgumentList
{
    private readonly List<RedisValue> _values = [];

    public void Add(RedisValue value) => _values.Add(value);

    /// <summary>A request's letter and its device.</summary>
    public void AddHead(RedisValue letter, in StoreRequest request)
    {
        _values.Add(letter);
        _values.Add(Partition.Tag(request.Partition));
        _values.Add(request.Device.ToString());
    }

    /// <summary>The arguments as they are sent; the list is empty then.</summary>
    public RedisValue[] Take()
    {
        var taken = _values.ToArray(); // the client keeps it until it is written, and beyond when a server does not know the script
        _values.Clear();
        return taken;
    }

    /// <summary>A number for a new stream: scripts have no randomness of their own. 0 is none.</summary>
    public static uint DrawStream()
    {
        uint stream = 0;
        while (stream == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref stream)));
        }

        return stream;
    }
}
