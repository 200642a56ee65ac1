using System.Buffers;
using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Bench.Suites;

/// <summary>Writing and reading the frames that a day consists of.</summary>
[MemoryDiagnoser]
public class CodecSuite
{
    private static readonly string[] Tags = ["kitchen", "bar"];
    private static readonly StreamPosition[] Streams = [new(1, 2)];

    private readonly FixedOutput _output = new(4096);
    private readonly byte[] _body = new byte[128];
    private readonly byte[] _nonce = new byte[ProtocolLimits.ClientNonceBytes];
    private ReadOnlySequence<byte> _push;
    private ReadOnlySequence<byte> _ack;
    private ReadOnlySequence<byte> _hello;
    private ReadOnlySequence<byte> _done;

    [GlobalSetup]
    public void Setup()
    {
        WritePush();
        _push = Frame();
        WriteAck();
        _ack = Frame();
        WriteHello();
        _hello = Frame();
        WriteDone();
        _done = Frame();
    }

    [Benchmark]
    public void WritePush() => FrameWriter.WritePush(_output, FrameFlags.None, new PushHead { MessageId = 1, Stream = 2, Seq = 3 }, _body);

    [Benchmark]
    public bool ReadPush()
    {
        Read(_push, out var payload);
        return PushHead.TryRead(payload, out _, out _);
    }

    [Benchmark]
    public void WriteAck() => FrameWriter.WriteAck(_output, FrameFlags.None, 1, 2);

    [Benchmark]
    public bool ReadAck()
    {
        Read(_ack, out var payload);
        return AckFrame.TryRead(payload.FirstSpan, out _);
    }

    [Benchmark]
    public void WriteHello()
        => FrameWriter.WriteHello(_output, FrameFlags.None, 16, 60_000, _nonce, "acme", "printer-1", "store-7", "sdk/1", Tags, Streams, new LoginOrder(1, 1));

    [Benchmark]
    public bool ReadHello()
    {
        Read(_hello, out var payload);
        return HelloFrame.TryRead(payload.FirstSpan, out var hello) && hello.HasLegalNames && hello.TryReadOrder(out _);
    }

    [Benchmark]
    public void WriteDone() => FrameWriter.WriteDone(_output, FrameFlags.None, 1, DeliveryResult.Printed, "");

    [Benchmark]
    public bool ReadDone()
    {
        Read(_done, out var payload);
        return DoneFrame.TryRead(payload.FirstSpan, out _);
    }

    private static void Read(ReadOnlySequence<byte> frame, out ReadOnlySequence<byte> payload)
        => FrameReader.TryRead(ref frame, ProtocolLimits.PayloadBytesMaxDefault, out _, out payload, out _);

    private ReadOnlySequence<byte> Frame() => new(_output.Memory.ToArray());
}
