using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Pusher.Cli.Load.Protocols.Nats;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// Publishes over NATS. To Pusher with QoS 1: each message is a request with an id, whose reply subject ends in the message's number. With QoS 0, and to
/// devices that are NATS clients themselves, nothing is answered.
/// </summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class NatsPublishProtocol : IPublishProtocol
{
    private const int DigitsMax = 20;

    private readonly NatsReader _reader = new();
    private readonly NatsTargets _targets;
    private readonly byte[] _hello;
    private readonly byte[] _inbox;
    private readonly byte[] _headers;
    private bool _greeted;

    /// <param name="targets">The subjects.</param>
    /// <param name="id">Different for each connection of each run.</param>
    /// <param name="style">What goes with each message.</param>
    public NatsPublishProtocol(NatsTargets targets, string id, NatsPublishStyle style)
    {
        _targets = targets;
        HasAnswers = style == NatsPublishStyle.Request;
        _inbox = Encoding.ASCII.GetBytes($"_INBOX.load.{id}.");
        _headers = style switch
        {
            NatsPublishStyle.Request => Encoding.ASCII.GetBytes($"NATS/1.0\r\nPusher-Id: {id}-"),
            NatsPublishStyle.QosZero => "NATS/1.0\r\nPusher-Qos: 0"u8.ToArray(),
            _ => [],
        };
        var subscribe = HasAnswers ? $"SUB {Encoding.ASCII.GetString(_inbox)}* 1\r\n" : "";
        _hello = [.. NatsHello.Connect("pusher load"), .. Encoding.ASCII.GetBytes($"{subscribe}PING\r\n")];
    }

    public bool HasAnswers { get; }

    public int OutstandingMax => int.MaxValue;

    public bool Greet(IBufferWriter<byte> output)
    {
        _greeted = false;
        return false; // the server speaks first
    }

    public string? Read(ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output, IPublishEvents events)
    {
        while (true)
        {
            var operation = _reader.Read(ref bytes);
            switch (operation.Kind)
            {
                case NatsOperationKind.Partial:
                    return null;
                case NatsOperationKind.Invalid:
                    return "what it says is not NATS; does something else listen there?";
                case NatsOperationKind.Error:
                    return $"NATS says: {NatsHello.ErrorOf(operation.Text)}";
                case NatsOperationKind.Info when NatsHello.ProblemOf(operation.Text) is { } problem:
                    return problem;
                case NatsOperationKind.Info when !_greeted:
                    _greeted = true; // later ones tell of servers that come and go
                    output.Write(_hello);
                    break;
                case NatsOperationKind.Ping:
                    output.Write("PONG\r\n"u8);
                    break;
                case NatsOperationKind.Pong:
                    events.OnReady();
                    break;
                case NatsOperationKind.Message:
                    OnMessage(in operation, events);
                    break;
            }
        }
    }

    public void Publish(IBufferWriter<byte> output, int device, long counter, ReadOnlySpan<byte> payload)
    {
        var subject = _targets.Of(device);
        var buffer = output.GetSpan(64 + subject.Length + _inbox.Length + _headers.Length + payload.Length + (4 * DigitsMax));
        var line = new SpanWriter(buffer);
        line.Write(_headers.Length > 0 ? "HPUB "u8 : "PUB "u8);
        line.Write(subject);
        if (HasAnswers)
        {
            line.Write(" "u8);
            line.Write(_inbox);
            line.Write(counter);
        }

        var headerBytes = _headers.Length == 0 ? 0 : _headers.Length + (HasAnswers ? SpanWriter.DigitsOf(counter) : 0) + 4;
        if (headerBytes > 0)
        {
            line.Write(" "u8);
            line.Write(headerBytes);
        }

        line.Write(" "u8);
        line.Write(headerBytes + payload.Length);
        line.Write("\r\n"u8);
        if (headerBytes > 0)
        {
            line.Write(_headers);
            if (HasAnswers)
            {
                line.Write(counter);
            }

            line.Write("\r\n\r\n"u8);
        }

        line.Write(payload);
        line.Write("\r\n"u8);
        output.Advance(line.Length);
    }

    private void OnMessage(in NatsOperation operation, IPublishEvents events)
    {
        if (operation.Text.Length <= _inbox.Length || !Utf8Parser.TryParse(operation.Text[_inbox.Length..], out long counter, out _))
        {
            return; // for nobody here
        }

        // "NATS/1.0 503": nobody is subscribed.
        var isNobody = operation.Payload.IsEmpty && operation.Headers.Length >= 12;
        events.OnAnswer(counter, isNobody ? PublishAnswer.NoNode : PublishAnswer.Read(operation.Payload));
    }
}
