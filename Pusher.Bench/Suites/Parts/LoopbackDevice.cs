using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Pusher.Core.Protocol;

namespace Pusher.Bench.Suites.Parts;

/// <summary>A device on a blocking socket of loopback that takes pushes and acknowledges them, without garbage once it is logged in.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class LoopbackDevice : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly FixedOutput _output = new(1024);
    private ulong _lastId;
    private int _start;
    private int _end;

    /// <summary>The seq of the last push.</summary>
    public ulong LastSeq { get; private set; }

    /// <summary>The stream of the last push.</summary>
    public uint Stream { get; private set; }

    public static LoopbackDevice Login(IPEndPoint server, string tenant, string name, ReadOnlySpan<byte> key, ushort window)
    {
        var device = new LoopbackDevice();
        device._socket.Connect(server);
        Span<byte> nonce = stackalloc byte[ProtocolLimits.ClientNonceBytes];
        FrameWriter.WriteHello(device._output, FrameFlags.None, window, 600_000, nonce, tenant, name, "", "bench", [], []);
        device.Send();
        if (!ChallengeFrame.TryRead(device.Read(FrameType.Challenge).FirstSpan, out var challenge))
        {
            throw new InvalidOperationException("The server sent no challenge.");
        }

        Span<byte> proof = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.Compute(key, tenant, name, nonce, challenge.ServerNonce, proof);
        FrameWriter.WriteProof(device._output, FrameFlags.None, proof);
        device.Send();
        device.Read(FrameType.Welcome);
        return device;
    }

    /// <summary>Reads so many pushes and reports each as printed.</summary>
    public void TakeAndPrint(int count)
    {
        for (var i = 0; i < count; i++)
        {
            TakePushes(1);
            FrameWriter.WriteDone(_output, FrameFlags.None, _lastId, DeliveryResult.Printed, "");
            Send();
        }
    }

    /// <summary>Reads so many pushes.</summary>
    public void TakePushes(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!PushHead.TryRead(Read(FrameType.Push), out var head, out _))
            {
                throw new InvalidOperationException("The server sent a push that cannot be read.");
            }

            Stream = head.Stream;
            LastSeq = head.Seq;
            _lastId = head.MessageId;
        }
    }

    /// <summary>Acknowledges everything taken so far.</summary>
    public void Acknowledge()
    {
        FrameWriter.WriteAck(_output, FrameFlags.None, Stream, LastSeq);
        Send();
    }

    /// <summary>Returns when the server has read everything sent before.</summary>
    public void Echo()
    {
        FrameWriter.WriteHeartbeat(_output, FrameFlags.None);
        Send();
        Read(FrameType.Heartbeat);
    }

    public void Dispose() => _socket.Dispose();

    private void Send()
    {
        for (var rest = _output.Memory.Span; !rest.IsEmpty;)
        {
            rest = rest[_socket.Send(rest)..];
        }
    }

    // Valid until the next read.
    private ReadOnlySequence<byte> Read(FrameType type)
    {
        while (true)
        {
            var received = new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
            var length = received.Length;
            if (FrameReader.TryRead(ref received, ProtocolLimits.PayloadBytesMaxDefault, out var header, out var payload, out _) == FrameReadStatus.Frame)
            {
                _start += (int)(length - received.Length);
                return header.Type == type ? payload : throw new InvalidOperationException($"The server sent {header.Type} instead of {type}.");
            }

            Receive();
        }
    }

    private void Receive()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var count = _socket.Receive(_buffer.AsSpan(_end));
        _end += count > 0 ? count : throw new InvalidOperationException("The server closed.");
    }
}
