using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Core.Batches;
using Pusher.Core.Identity;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>The bytes of a publish.</summary>
public sealed class PublishProtocolTests
{
    private static readonly LoadIdentity[] Devices = [new(new DeviceKey("acme", "p1"), []), new(new DeviceKey("acme", "printer"), [])];
    private readonly ArrayBufferWriter<byte> _output = new();

    private string Written => Encoding.Latin1.GetString(_output.WrittenSpan);

    [Fact]
    public void Raw_OneAndAll_AreTheFramesOfTheDocumentation()
    {
        var protocol = new RawPublishProtocol(RawPublishProtocol.NamesOf(Devices), 1);
        Assert.True(protocol.Greet(_output));
        protocol.Publish(_output, 1, 0, "ab"u8);
        protocol.Publish(_output, -1, 1, "cd"u8);
        Assert.Equal("\0\0\0\u000c\u0001\u0001\u0007printerab\0\0\0\u0005\u0002\u0001\0cd", Written);
    }

    [Fact]
    public void Nats_RequestToPusher_CarriesIdAndReply()
    {
        new NatsPublishProtocol(NatsTargets.OfPusher(Devices), "r-0", NatsPublishStyle.Request).Publish(_output, 0, 42, "body"u8);
        Assert.Equal("HPUB pusher.pub.acme.device.p1 _INBOX.load.r-0.42 31 35\r\nNATS/1.0\r\nPusher-Id: r-0-42\r\n\r\nbody\r\n", Written);
        Assert.Equal(31, "NATS/1.0\r\nPusher-Id: r-0-42\r\n\r\n".Length);
    }

    [Fact]
    public void Nats_QosZeroToAll_CarriesNoReply()
    {
        new NatsPublishProtocol(NatsTargets.OfPusher(Devices), "r-0", NatsPublishStyle.QosZero).Publish(_output, -1, 42, "body"u8);
        Assert.Equal("HPUB pusher.pub.acme.all 27 31\r\nNATS/1.0\r\nPusher-Qos: 0\r\n\r\nbody\r\n", Written);
    }

    [Fact]
    public void Nats_Batch_GoesOutWhenFullOrFlushedAndNamesItsMessages()
    {
        var protocol = Batching(size: 2, qos: 1);
        protocol.Publish(_output, 0, 7, "ab"u8);
        Assert.Equal("", Written);
        Assert.Equal(1, protocol.Gathered);
        protocol.Publish(_output, 1, 8, "cd"u8);
        Assert.Equal(0, protocol.Gathered);
        var body = BatchBytes.Of(("p1", "r-0-7", "ab"), ("printer", "r-0-8", "cd"));
        Assert.Equal($"PUB pusher.pub.acme.batch _INBOX.load.r-0.7-2 {body.Length}\r\n{Encoding.Latin1.GetString(body)}\r\n", Written);
        _output.ResetWrittenCount();
        protocol.Publish(_output, 0, 9, "ef"u8);
        protocol.Flush(_output);
        protocol.Flush(_output);
        body = BatchBytes.Of(("p1", "r-0-9", "ef"));
        Assert.Equal($"PUB pusher.pub.acme.batch _INBOX.load.r-0.9-1 {body.Length}\r\n{Encoding.Latin1.GetString(body)}\r\n", Written);
    }

    [Fact]
    public void Nats_BatchQosZero_HasNoIdAndNoReply()
    {
        Batching(size: 1, qos: 0).Publish(_output, 0, 7, "ab"u8);
        var body = BatchBytes.Of(new BatchBytes.Entry("p1", null, "ab"u8.ToArray(), Qos: 0));
        Assert.Equal($"PUB pusher.pub.acme.batch {body.Length}\r\n{Encoding.Latin1.GetString(body)}\r\n", Written);
    }

    [Fact]
    public void Nats_BatchAnswered_EachMessageHasItsOwnOutcome()
    {
        var answer = new ArrayBufferWriter<byte>();
        var writer = new BatchAnswerWriter(answer, 0, null, 3);
        writer.Write(new BatchResult { Status = 0, MessageId = 1, QueueDepth = 1 }, null);
        writer.Write(new BatchResult { Status = 2, QueueDepth = 5 }, "full");
        writer.Write(new BatchResult { Status = 8, QueueDepth = -1 }, null);
        Assert.Equal(["7 Accepted", "8 Refused queue_full: full", "9 Unknown unknown"], Answers("7-3", answer.WrittenSpan));
    }

    [Fact]
    public void Nats_BatchAnsweredWithTooFewResults_TheRestIsUnknown()
    {
        var answer = new ArrayBufferWriter<byte>();
        new BatchAnswerWriter(answer, 0, null, 1).Write(new BatchResult { Status = 1, MessageId = 1, QueueDepth = 1 }, null);
        Assert.Equal([PublishOutcome.Accepted, PublishOutcome.Unknown], Outcomes("7-2", answer.WrittenSpan));
    }

    [Fact]
    public void Nats_BatchRefusedAsAWhole_EachMessageIs()
    {
        var answer = new ArrayBufferWriter<byte>();
        _ = new BatchAnswerWriter(answer, 7, "wrong", 0);
        Assert.Equal(["7 Refused bad_request: wrong", "8 Refused bad_request: wrong"], Answers("7-2", answer.WrittenSpan));
    }

    [Fact]
    public void Nats_BatchAnsweredByNoise_EachMessageIsUnknown() => Assert.Equal([PublishOutcome.Unknown, PublishOutcome.Unknown], Outcomes("7-2", "{}"u8));

    private static NatsPublishProtocol Batching(int size, int qos) => new(
        NatsTargets.OfPusher(Devices), "r-0", qos == 0 ? NatsPublishStyle.QosZero : NatsPublishStyle.Request, new NatsBatch(Devices, "r-0", size, qos));

    private static IEnumerable<string> Answers(string tail, ReadOnlySpan<byte> payload) => Read(tail, payload).Select(a => $"{a.Counter} {a.Answer.Outcome} {a.Answer.Problem}".TrimEnd());

    private static IEnumerable<PublishOutcome> Outcomes(string tail, ReadOnlySpan<byte> payload) => Read(tail, payload).Select(a => a.Answer.Outcome);

    private static List<(long Counter, PublishAnswer Answer)> Read(string tail, ReadOnlySpan<byte> payload)
    {
        var events = new RecordedAnswers();
        byte[] message = [.. Encoding.ASCII.GetBytes($"MSG _INBOX.load.r-0.{tail} 1 {payload.Length}\r\n"), .. payload, .. "\r\n"u8];
        var bytes = new ReadOnlySequence<byte>(message);
        Assert.Null(Batching(size: 16, qos: 1).Read(ref bytes, new ArrayBufferWriter<byte>(), events));
        Assert.True(bytes.IsEmpty);
        return events.Answers;
    }

    private sealed class RecordedAnswers : IPublishEvents
    {
        public List<(long Counter, PublishAnswer Answer)> Answers { get; } = [];

        public void OnReady()
        {
        }

        public void OnAnswer(long counter, PublishAnswer answer) => Answers.Add((counter, answer));
    }

    [Fact]
    public void Nats_ToClients_IsPlain()
    {
        new NatsPublishProtocol(NatsTargets.OfClients(Devices), "r-0", NatsPublishStyle.Plain).Publish(_output, 1, 42, "body"u8);
        Assert.Equal("PUB load.acme.printer 4\r\nbody\r\n", Written);
    }

    [Theory]
    [InlineData("raw:127.0.0.1:5", nameof(PublishKind.Raw), 5)]
    [InlineData("nats://127.0.0.1:7", nameof(PublishKind.Nats), 7)]
    [InlineData("nats://127.0.0.1", nameof(PublishKind.Nats), 4222)]
    public void PublishAddress_Good_IsRead(string text, string kind, int port)
    {
        var address = PublishAddress.Parse("--publish", text);
        Assert.Equal((kind, port), (address.Kind.ToString(), address.Remote.Port));
    }
}
