using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>The server's end of one device connection, played by a test frame by frame.</summary>
public sealed class ScriptedDeviceConnection(TcpClient client) : IDisposable
{
    public static readonly byte[] ServerNonce = new byte[32];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly PipeReader _reader = PipeReader.Create(client.GetStream());

    /// <summary>Checks the login against a key and welcomes.</summary>
    public async Task<StreamPosition[]> LogInAsync(byte[] key, uint heartbeatMs, params StreamPosition[] streams)
    {
        var (type, helloPayload) = await ReadAsync();
        Assert.Equal(FrameType.Hello, type);
        await SendAsync(w => FrameWriter.WriteChallenge(w, FrameFlags.None, ServerNonce));
        (type, var proofPayload) = await ReadAsync();
        Assert.Equal(FrameType.Proof, type);
        var seen = CheckProof(key, helloPayload, proofPayload);
        var values = new WelcomeValues { Epoch = 1, HeartbeatMs = heartbeatMs, PayloadBytesMax = 65_536, Window = 16 };
        await SendAsync(w => FrameWriter.WriteWelcome(w, FrameFlags.None, values, "scripted", streams));
        return seen;
    }

    public Task PushAsync(ulong messageId, uint stream, ulong seq, byte[] body) => SendAsync(w => FrameWriter.WritePush(
        w,
        FrameFlags.None,
        new PushHead { MessageId = messageId, Stream = stream, Seq = seq },
        body));

    public async Task SendAsync(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        await client.GetStream().WriteAsync(buffer.WrittenMemory, TestContext.Current.CancellationToken);
    }

    /// <summary>The next frame, within 20 s.</summary>
    public async Task<(FrameType Type, byte[] Payload)> ReadAsync()
        => await TryReadAsync() ?? throw new EndOfStreamException("the device closed the connection");

    /// <summary>The next frame; null when the device closed its side.</summary>
    public async Task<(FrameType Type, byte[] Payload)?> TryReadAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            var read = await _reader.ReadAsync(deadline.Token);
            var bytes = read.Buffer;
            var status = FrameReader.TryRead(ref bytes, 1 << 20, out var header, out var payload, out _);
            if (status == FrameReadStatus.Frame)
            {
                var copy = payload.ToArray();
                _reader.AdvanceTo(bytes.Start);
                return (header.Type, copy);
            }

            Assert.Equal(FrameReadStatus.NeedMore, status);
            if (read.IsCompleted)
            {
                return null;
            }

            _reader.AdvanceTo(bytes.Start, bytes.End);
        }
    }

    /// <summary>Reads until an acknowledgement of exactly this place; returns the results that came before.</summary>
    public async Task<List<(ulong MessageId, DeliveryResult Result)>> ReadUntilAckAsync(uint stream, ulong seq)
    {
        var results = new List<(ulong, DeliveryResult)>();
        while (true)
        {
            var (type, payload) = await ReadAsync();
            if (type == FrameType.Done)
            {
                results.Add(ReadDone(payload));
            }
            else if (type == FrameType.Ack && ReadAck(payload) == new StreamPosition(stream, seq))
            {
                return results;
            }
        }
    }

    /// <summary>Ends the connection as a cut cable with a reset does.</summary>
    public void Cut()
    {
        client.Client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    public void Dispose() => client.Dispose();

    private static (ulong MessageId, DeliveryResult Result) ReadDone(byte[] payload)
    {
        Assert.True(DoneFrame.TryRead(payload, out var done));
        return (done.MessageId, done.Result);
    }

    private static StreamPosition ReadAck(byte[] payload)
    {
        Assert.True(AckFrame.TryRead(payload, out var ack));
        return new StreamPosition(ack.Stream, ack.Seq);
    }

    private static StreamPosition[] CheckProof(byte[] key, byte[] helloPayload, byte[] proofPayload)
    {
        Assert.True(HelloFrame.TryRead(helloPayload, out var hello));
        Assert.True(ProofFrame.TryRead(proofPayload, out var proof));
        var stored = new byte[32];
        LoginProof.StoredKey(key, stored);
        Assert.True(LoginProof.Verify(stored, hello.Tenant, hello.Device, hello.ClientNonce, ServerNonce, proof.Proof));
        var seen = new StreamPosition[hello.StreamCount];
        for (var i = 0; i < seen.Length; i++)
        {
            seen[i] = hello.GetStream(i);
        }

        return seen;
    }
}
