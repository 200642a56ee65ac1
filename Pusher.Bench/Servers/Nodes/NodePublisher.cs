using System.Net.Sockets;
using System.Text;
using Pusher.Bench.Servers.Wire;
using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Bench.Servers.Nodes;

/// <summary>Reads one raw connection and hands what it says to the dispatcher.</summary>
/// <remarks>Threading: one thread of its own, in <see cref="Run"/>.</remarks>
internal sealed class NodePublisher(Socket socket, Dispatcher dispatcher, string tenant, NodeCounts counts)
{
    private const int ReadBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[4 + RawPublish.LengthMax + ReadBytes];
    private readonly PublishPool<NodePublish> _operations = new(pool => new NodePublish(pool, counts));
    private readonly NameTable _names = new();
    private readonly List<DeviceKey> _devices = [];
    private readonly DeviceKey _everybody = new(tenant, "");

    public void Run()
    {
        using (socket)
        {
            try
            {
                ReadAll();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return; // the load generator was ended
            }
        }
    }

    private void ReadAll()
    {
        int held = 0, received;
        while ((received = socket.Receive(_buffer.AsSpan(held, ReadBytes))) > 0)
        {
            held += received;
            var consumed = 0;
            RawPublishStatus status;
            while ((status = RawPublish.TryRead(_buffer.AsSpan(consumed..held), out var publish)) == RawPublishStatus.Frame)
            {
                Publish(in publish, _buffer.AsMemory(consumed + publish.PayloadStart, publish.PayloadLength));
                consumed += publish.Length;
            }

            if (status == RawPublishStatus.Invalid)
            {
                return;
            }

            _buffer.AsSpan(consumed..held).CopyTo(_buffer);
            held -= consumed;
        }
    }

    private void Publish(in RawPublish publish, ReadOnlyMemory<byte> payload)
    {
        counts.Published();
        var operation = _operations.Rent();
        operation.Target = publish.IsToAll ? PublishTarget.All : PublishTarget.Device;
        operation.Device = publish.IsToAll ? _everybody : DeviceOf(publish.Device);
        operation.Qos = publish.Qos;
        operation.CopyPayload(payload.Span);
        dispatcher.Publish(operation);
    }

    private DeviceKey DeviceOf(ReadOnlySpan<byte> name)
    {
        var number = _names.Add(name);
        if (number == _devices.Count)
        {
            _devices.Add(new DeviceKey(tenant, Encoding.ASCII.GetString(name)));
        }

        return _devices[number];
    }
}
