using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>
/// A device in the hands of a test: it sends exactly the bytes it is told to and acknowledges nothing by itself. For what a good device
/// does use the client library; this is for everything else.
/// </summary>
public sealed class RawDevice : IAsyncDisposable
{
    private const int PayloadBytesMax = 32 << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(ProtocolLimits.ClientNonceBytes);
    private readonly byte[] _receive = new byte[128 * 1024];
    private ReadOnlyMemory<byte> _rest;

    private RawDevice(Socket socket) => _socket = socket;

    /// <summary>The flags of the frames it writes.</summary>
    public FrameFlags Flags { get; init; }

    /// <summary>What HELLO says of the attempt; <c>default</c> = nothing.</summary>
    public LoginOrder Order { get; set; }

    /// <summary>Connects and sends nothing.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="flags">Of the frames it will write.</param>
    /// <param name="receiveBufferBytes">Of the socket; 0 = the system's default. A small one makes a slow reader out of a few messages.</param>
    public static async Task<RawDevice> ConnectAsync(IPEndPoint server, FrameFlags flags = FrameFlags.None, int receiveBufferBytes = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = receiveBufferBytes;
        }

        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        return new RawDevice(socket) { Flags = flags };
    }

    /// <summary>Connects and logs in; <paramref name="seen"/> is what the device says it has.</summary>
    public static async Task<(RawDevice Device, RawWelcome Welcome)> LoginNewAsync(
        IPEndPoint server,
        TestDevice device,
        FrameFlags flags = FrameFlags.None,
        ushort window = 0,
        uint heartbeatMs = 0,
        params StreamPosition[] seen)
    {
        var raw = await ConnectAsync(server, flags);
        return (raw, await raw.LoginAsync(device, window, heartbeatMs, seen));
    }

    public async Task<RawWelcome> LoginAsync(TestDevice device, ushort window = 0, uint heartbeatMs = 0, params StreamPosition[] seen)
    {
        var answer = await TryLoginAsync(device, window, heartbeatMs, seen);
        return answer.Welcome;
    }

    /// <summary>HELLO, CHALLENGE, PROOF; the answer is WELCOME or REFUSED.</summary>
    public async Task<RawFrame> TryLoginAsync(TestDevice device, ushort window = 0, uint heartbeatMs = 0, params StreamPosition[] seen)
    {
        var challenge = await HelloAsync(device, window, heartbeatMs, seen);
        if (challenge.Type != FrameType.Challenge)
        {
            return challenge;
        }

        await ProveAsync(device, challenge);
        return await ReadAsync();
    }

    /// <summary>The first half of a login; the answer is CHALLENGE or REFUSED.</summary>
    public async Task<RawFrame> HelloAsync(TestDevice device, ushort window = 0, uint heartbeatMs = 0, params StreamPosition[] seen)
    {
        var (tenant, name) = device.Identity;
        await SendAsync(o => FrameWriter.WriteHello(o, Flags, window, heartbeatMs, _nonce, tenant, name, "", "raw", [], seen, Order));
        return await ReadAsync();
    }

    /// <summary>The second half; does not wait for the answer.</summary>
    public async Task ProveAsync(TestDevice device, RawFrame challenge)
    {
        var proof = new byte[ProtocolLimits.KeyBytes];
        Assert.True(ChallengeFrame.TryRead(challenge.Payload, out var frame));
        LoginProof.Compute(device.Key.Span, device.Identity.Tenant, device.Identity.Device, _nonce, frame.ServerNonce, proof);
        await SendAsync(o => FrameWriter.WriteProof(o, Flags, proof));
    }

    public async Task SendAsync(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        await SendAsync(buffer.WrittenMemory);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken)..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public Task AckAsync(StreamPosition place) => SendAsync(o => FrameWriter.WriteAck(o, Flags, place.Stream, place.Seq));

    public Task DoneAsync(ulong messageId, DeliveryResult result, string text = "")
        => SendAsync(o => FrameWriter.WriteDone(o, Flags, messageId, result, text));

    public Task HeartbeatAsync() => SendAsync(o => FrameWriter.WriteHeartbeat(o, Flags));

    /// <summary>The next frame; fails the test when the server closes instead.</summary>
    public async Task<RawFrame> ReadAsync() => await ReadOrEndAsync() ?? throw new EndOfStreamException("the server closed without a word");

    /// <summary>The next frame; null when the server has closed (a reset counts: it may follow when bytes of ours were unread).</summary>
    public async Task<RawFrame?> ReadOrEndAsync()
    {
        while (true)
        {
            if (TryTake(out var frame))
            {
                return frame;
            }

            var kept = _rest.ToArray();
            var room = new byte[kept.Length + _receive.Length];
            kept.CopyTo(room, 0);
            var count = await ReceiveAsync(room.AsMemory(kept.Length));
            if (count == 0)
            {
                Assert.True(kept.Length == 0, $"the server closed in the middle of a frame ({kept.Length} bytes of it came)");
                return null;
            }

            _rest = room.AsMemory(0, kept.Length + count);
        }
    }

    /// <summary>The next frame of that type; heartbeats in between are skipped, any other frame fails the test.</summary>
    public async Task<RawFrame> ReadAsync(FrameType type)
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame.Type == type)
            {
                return frame;
            }

            var words = frame.Type is FrameType.Refused or FrameType.GoAway ? frame.Farewell.ToString() : "";
            Assert.True(frame.Type == FrameType.Heartbeat, $"{frame.Type} {words} instead of {type}");
        }
    }

    /// <summary>Expects a farewell with this reason and the end of the connection behind it.</summary>
    public async Task ExpectFarewellAsync(FrameType type, CloseReason reason)
    {
        var farewell = await ReadAsync(type);
        Assert.Equal(reason, farewell.Farewell.Reason);
        await ExpectEndAsync();
    }

    public async Task ExpectEndAsync() => Assert.Null(await ReadOrEndAsync());

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> ReceiveAsync(Memory<byte> room)
    {
        try
        {
            return await _socket.ReceiveAsync(room, TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private bool TryTake(out RawFrame frame)
    {
        var sequence = new ReadOnlySequence<byte>(_rest);
        var before = sequence.Length;
        var status = FrameReader.TryRead(ref sequence, PayloadBytesMax, out var header, out var payload, out var error);
        Assert.True(status != FrameReadStatus.Invalid, $"the server sent what is no frame: {error}");
        frame = null!;
        if (status == FrameReadStatus.NeedMore)
        {
            return false;
        }

        frame = new RawFrame(header.Type, header.Flags, payload.ToArray());
        _rest = _rest[(int)(before - sequence.Length)..];
        return true;
    }
}
