using System.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// All that is between the wire and the application: the device rule of docs/PROTOCOL.md for each stream, once-only by message
/// id, one message at a time to the application, acknowledgements.
/// <para>
/// A message is <i>open</i> from its arrival until it is finished, over any number of connections: sent again, it is recognised
/// and not handed over again. Acknowledged is what is finished without a gap, and a result goes out before the
/// acknowledgement that covers it.
/// </para>
/// </summary>
internal sealed class Inbox(ClientSessionOptions options, IDedupeRing ring, IClientSessionSink sink)
{
    /// <summary>Open messages of a stream beyond which no more are taken: a bound for a server that ignores the window.</summary>
    public const int OpenPerStreamMax = 4096;

    private const string InterruptedText = "interrupted by a restart; it may or may not have been handled";
    private readonly Dictionary<uint, StreamInbox> _streams = ring.Positions.ToDictionary(p => p.Stream, Restore);
    private readonly Dictionary<ulong, DeviceMessage> _open = [];
    private readonly Queue<DeviceMessage> _waiting = new();
    private readonly ResultOutbox _results = new();
    private bool _running;
    private bool _handingOver;

    /// <summary>Results that are not confirmed.</summary>
    public ResultOutbox Results => _results;

    /// <summary>Hands nothing over any more; what arrives stays unacknowledged.</summary>
    public bool Closed { get; set; }

    /// <summary>The server's view at login. A stream it does not name goes on behind what is finished here.</summary>
    public void Resume(in WelcomeFrame welcome)
    {
        foreach (var inbox in _streams.Values)
        {
            inbox.Resume(inbox.FinishedThrough);
        }

        for (var i = 0; i < welcome.StreamCount; i++)
        {
            var position = welcome.GetStream(i);
            GetOrAdd(position.Stream).Resume(position.Seq);
            ring.RecordPosition(position);
            DropWaiting(position.Stream, 1, position.Seq); // ended meanwhile: expired, cancelled, or another login had it
        }

        _results.Restart();
    }

    /// <summary>Takes, suppresses or ignores one PUSH.</summary>
    public void OnPush(in PushHead head, in ReadOnlySequence<byte> body)
    {
        if (head.Stream == 0)
        {
            if (_waiting.Count < OpenPerStreamMax)
            {
                _waiting.Enqueue(new DeviceMessage(head, body.ToArray()));
            }

            return;
        }

        var inbox = GetOrAdd(head.Stream);
        if (head.Seq != inbox.Expected)
        {
            inbox.AckDue = true; // seen before, or a gap: the acknowledgement tells the server where to go on
        }
        else if (inbox.OpenCount < OpenPerStreamMax)
        {
            inbox.Take(head.Seq, Admit(head, body));
            inbox.Advance();
        }
    }

    /// <summary>The server will not send these.</summary>
    public void OnSkipped(in SkippedFrame skipped)
    {
        var inbox = GetOrAdd(skipped.Stream);
        inbox.AckDue = true;
        if (skipped.FirstSeq > inbox.Expected || skipped.LastSeq < skipped.FirstSeq)
        {
            return;
        }

        DropWaiting(skipped.Stream, skipped.FirstSeq, skipped.LastSeq);
        if (skipped.LastSeq >= inbox.Expected)
        {
            inbox.Take(skipped.LastSeq, null);
        }

        inbox.Advance();
    }

    /// <summary>The old stream is gone; the new one starts at 1.</summary>
    public void OnReset(in ResetFrame reset)
    {
        _streams.Remove(reset.OldStream);
        ring.ForgetStream(reset.OldStream);
        GetOrAdd(reset.NewStream);
        ring.RecordPosition(new StreamPosition(reset.NewStream, 0)); // named at the next login: a server that has lost this one too can say so
    }

    /// <summary>The application is done with a message.</summary>
    public void OnHandled(DeviceMessage message, in HandlingResult result)
    {
        if (message.Finished)
        {
            throw new InvalidOperationException($"Message {message.MessageId} was reported as handled twice.");
        }

        _running = false;
        message.Finished = true;
        if (message.Stream != 0)
        {
            // Of a message that nobody stored nobody asks what became of it; after a fan-out it would be a storm of results.
            Report(message.MessageId, message.ResultWanted, result);
            ring.RecordFinished(message.MessageId, result);
            _open.Remove(message.MessageId);
            foreach (var inbox in _streams.Values)
            {
                inbox.Advance();
            }
        }

        HandOverNext();
    }

    /// <summary>Gives the application its next message when it has none.</summary>
    public void HandOverNext()
    {
        if (_handingOver)
        {
            return; // the application answers from within the call; the loop below goes on
        }

        _handingOver = true;
        while (!_running && !Closed && _waiting.TryDequeue(out var message))
        {
            if (message.Finished)
            {
                continue;
            }

            _running = true;
            if (message.Stream != 0)
            {
                ring.RecordStarted(message.MessageId);
                ring.Commit();
            }

            sink.HandOver(message);
        }

        _handingOver = false;
    }

    /// <summary>Forgets what was not handed over: another login of this device gets it.</summary>
    public void DropWaiting()
    {
        while (_waiting.TryDequeue(out var message))
        {
            _open.Remove(message.MessageId);
        }
    }

    /// <summary>Makes the ring durable, then writes results, then acknowledgements.</summary>
    public void WriteDue(IBufferWriter<byte> output, FrameFlags flags)
    {
        RecordPositions();
        _results.Write(output, flags);
        foreach (var inbox in _streams.Values)
        {
            if (inbox.AckDue)
            {
                inbox.AckDue = false;
                FrameWriter.WriteAck(output, flags, inbox.Stream, inbox.FinishedThrough);
            }
        }
    }

    /// <summary>Makes durable what is finished.</summary>
    public void RecordPositions()
    {
        foreach (var inbox in _streams.Values)
        {
            if (inbox.AckDue)
            {
                ring.RecordPosition(new StreamPosition(inbox.Stream, inbox.FinishedThrough));
            }
        }

        ring.Commit();
    }

    private void DropWaiting(uint stream, ulong firstSeq, ulong lastSeq)
    {
        foreach (var message in _waiting)
        {
            if (message.Stream == stream && message.Seq >= firstSeq && message.Seq <= lastSeq)
            {
                message.Finished = true;
                _open.Remove(message.MessageId);
            }
        }
    }

    /// <summary>The message to wait for; null when this id is finished already.</summary>
    private DeviceMessage? Admit(in PushHead head, in ReadOnlySequence<byte> body)
    {
        var interrupted = false;
        if (!options.DedupeOff)
        {
            if (_open.TryGetValue(head.MessageId, out var open))
            {
                return open;
            }

            if (ring.TryGet(head.MessageId, out var entry))
            {
                if (entry.Finished || options.Interrupted == InterruptedPolicy.Report)
                {
                    Suppress(head, entry);
                    return null;
                }

                interrupted = true;
            }
        }

        var message = new DeviceMessage(head, body.ToArray()) { Interrupted = interrupted };
        _open[head.MessageId] = message;
        _waiting.Enqueue(message);
        return message;
    }

    private void Suppress(in PushHead head, in DedupeEntry entry)
    {
        var result = entry.Finished
            ? new HandlingResult(entry.Result, entry.Text)
            : new HandlingResult(DeliveryResult.HandlerFailed, InterruptedText);
        if (!entry.Finished)
        {
            ring.RecordFinished(head.MessageId, result);
        }

        Report(head.MessageId, (head.Flags & PushFlags.ResultWanted) != 0, result);
    }

    /// <summary>"Ok" and no more is what an acknowledgement says anyway.</summary>
    private void Report(ulong messageId, bool wanted, in HandlingResult result)
    {
        if (wanted || result.Result != DeliveryResult.Ok || !string.IsNullOrEmpty(result.Text))
        {
            _results.Add(messageId, result);
        }
    }

    private StreamInbox GetOrAdd(uint stream)
    {
        if (!_streams.TryGetValue(stream, out var inbox))
        {
            inbox = new StreamInbox(stream);
            _streams.Add(stream, inbox);
        }

        return inbox;
    }

    private static StreamInbox Restore(StreamPosition position)
    {
        var inbox = new StreamInbox(position.Stream);
        inbox.Resume(position.Seq);
        return inbox;
    }
}
