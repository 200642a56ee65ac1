using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Pusher.Cli.Load.Protocols.Nats;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// Publishes over NATS. To Pusher with QoS 1: each message is a request with an id, whose reply subject ends in the message's number. With QoS 0, and to
/// devices that are NATS clients themselves, nothing is answered. Many to Pusher go out as batches, with one answer each.
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
    private readonly NatsBatch? _batch;
    private bool _greeted;

    /// <param name="targets">The subjects.</param>
    /// <param name="id">Different for each connection of each run.</param>
    /// <param name="style">What goes with each message.</param>
    /// <param name="batch">Gathers messages that go out together; null = each goes out by itself.</param>
    public NatsPublishProtocol(NatsTargets targets, string id, NatsPublishStyle style, NatsBatch? batch = null)
    {
        _batch = batch;
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

    public int BatchSize => _batch?.Size ?? 1;

    public int Gathered => _batch?.Count ?? 0;

    public bool Greet(IBufferWriter<byte> output)
    {
        _greeted = false;
        _batch?.Clear(); // of the connection before: nobody knows what became of its messages
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
        if (_batch is not null)
        {
            _batch.Add(device, counter, payload);
            if (_batch.Count == _batch.Size)
            {
                Flush(output);
            }

            return;
        }

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

    public void Flush(IBufferWriter<byte> output)
    {
        if (_batch is not { Count: > 0 })
        {
            return;
        }

        var (head, entries) = _batch.Close();
        var line = new SpanWriter(output.GetSpan(64 + _batch.Subject.Length + _inbox.Length + head.Length + entries.Length + (3 * DigitsMax)));
        line.Write("PUB "u8);
        line.Write(_batch.Subject);
        if (HasAnswers)
        {
            line.Write(" "u8);
            line.Write(_inbox);
            line.Write(_batch.First);
            line.Write("-"u8);
            line.Write(_batch.Count);
        }

        line.Write(" "u8);
        line.Write(head.Length + entries.Length);
        line.Write("\r\n"u8);
        line.Write(head.Span);
        line.Write(entries.Span);
        line.Write("\r\n"u8);
        output.Advance(line.Length);
        _batch.Clear();
    }

    private void OnMessage(in NatsOperation operation, IPublishEvents events)
    {
        if (operation.Text.Length <= _inbox.Length || !Utf8Parser.TryParse(operation.Text[_inbox.Length..], out long counter, out var digits))
        {
            return; // for nobody here
        }

        // "NATS/1.0 503": nobody is subscribed.
        var isNobody = operation.Payload.IsEmpty && operation.Headers.Length >= 12;
        var tail = operation.Text[(_inbox.Length + digits)..];
        if (tail.Length > 1 && tail[0] == (byte)'-' && Utf8Parser.TryParse(tail[1..], out int count, out _))
        {
            OnBatchAnswer(in operation, isNobody, counter, count, events);
            return;
        }

        events.OnAnswer(counter, isNobody ? PublishAnswer.NoNode : PublishAnswer.Read(operation.Payload));
    }

    private static void OnBatchAnswer(in NatsOperation operation, bool isNobody, long first, int count, IPublishEvents events)
    {
        if (isNobody)
        {
            NatsBatch.Tell(first, count, PublishAnswer.NoNode, events);
        }
        else
        {
            NatsBatch.Read(operation.Payload, first, count, events);
        }
    }
}
