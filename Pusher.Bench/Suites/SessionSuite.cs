using System.Buffers;
using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Dispatch;

namespace Pusher.Bench.Suites;

/// <summary>The session of one device and its window, without transport and store.</summary>
[MemoryDiagnoser]
public class SessionSuite
{
    private const uint Stream = 7;
    private const int WindowMessages = 16;

    private readonly SharedFramePool _frames = new();
    private readonly SilentActions _actions = new();
    private readonly FixedOutput _ack = new(64);
    private readonly byte[] _payload = new byte[128];
    private readonly SessionTime _time = new(1_000, 1_750_000_000_000);
    private DeviceSession _session = null!;
    private ulong _seq;

    [GlobalSetup]
    public void Setup()
    {
        _session = new DeviceSession(new SessionOptions(), _time);
        Span<byte> key = stackalloc byte[ProtocolLimits.KeyBytes];
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        Span<byte> nonce = stackalloc byte[ProtocolLimits.ClientNonceBytes];
        key.Fill(1);
        LoginProof.StoredKey(key, stored);
        var frame = new FixedOutput(1024);
        FrameWriter.WriteHello(frame, FrameFlags.None, WindowMessages, 0, nonce, "bench", "printer", "", "bench", [], []);
        Receive(frame);
        _session.OnCredential(stored, known: true, _actions);
        Span<byte> proof = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.Compute(key, "bench", "printer", nonce, _actions.Written.Slice(FrameHeader.Size, ProtocolLimits.ServerNonceBytes), proof);
        FrameWriter.WriteProof(frame, FrameFlags.None, proof);
        Receive(frame);
        _session.OnOpened(1, new DeviceOpened([new StreamState(Stream, 0, 0)], []), _time, _actions);
    }

    /// <summary>A message was stored, is pushed and acknowledged.</summary>
    [Benchmark]
    public ulong StoredPushAck()
    {
        _seq++;
        Stored(_seq);
        return Acknowledge(_seq);
    }

    /// <summary>A window of messages, acknowledged at once.</summary>
    [Benchmark(OperationsPerInvoke = WindowMessages)]
    public ulong WindowOfPushes()
    {
        for (var i = 0; i < WindowMessages; i++)
        {
            Stored(++_seq);
        }

        return Acknowledge(_seq);
    }

    private void Stored(ulong seq)
    {
        var push = PushFrame.Rent(_frames, new PushHead { MessageId = seq, Stream = Stream, Seq = seq }, _payload);
        _session.OnStored(in push, _time, _actions);
        push.Release();
    }

    private ulong Acknowledge(ulong seq)
    {
        FrameWriter.WriteAck(_ack, FrameFlags.None, Stream, seq);
        Receive(_ack);
        return _actions.Acked == seq ? seq : throw new InvalidOperationException("The acknowledgement was not taken.");
    }

    private void Receive(FixedOutput frame) => _session.OnReceived(new ReadOnlySequence<byte>(frame.Memory), _time, _actions);
}
