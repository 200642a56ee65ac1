using System.Buffers;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>Gathers the output of one loop's connections and sends it once per turn; what the kernel does not take waits.</summary>
internal sealed class SaeaSender(SaeaLoop loop, TransportOptions options)
{
    /// <summary>
    /// An armed send completes when all of its bytes are taken, so it is kept small: its completion is what tells progress of a slow
    /// reader. The rest goes by plain sends as soon as there is room.
    /// </summary>
    private const int ArmedSendBytes = 2048;

    /// <summary>
    /// A frame that would make this turn's output longer than so much has the output sent first: what is gathered is a few messages for one send,
    /// and only what the kernel refused counts as backlog.
    /// </summary>
    private const int GatheredBytesMax = 16 * 1024;

    private readonly Stack<SendOperation> _operations = new();

    public IBufferWriter<byte> WriterFor(SaeaConnection connection)
    {
        if (connection.Output is null)
        {
            connection.Output = loop.Pool.RentChain();
            connection.ProgressMs = loop.NowMs;
        }

        loop.QueueFlush(connection);
        return connection.Output;
    }

    public SendOutcome TrySend(SaeaConnection connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
    {
        if (connection.Sending is null && connection.Output is { } output && output.Length + frame.Length > Math.Min(GatheredBytesMax, backlogBytesMax))
        {
            Send(connection, output);
        }

        if (connection.Broken != CloseReason.None)
        {
            return SendOutcome.Gone;
        }

        if (connection.Output is null)
        {
            return SendAtOnce(connection, frame);
        }

        if (connection.OutputBytes > backlogBytesMax)
        {
            CountBacklog(connection);
            return SendOutcome.Backlogged;
        }

        // The armed send's completion, or the flush queue since the output began, sends it.
        connection.Output.Append(frame);
        CountBacklog(connection);
        return SendOutcome.Taken;
    }

    public void Flush(SaeaConnection connection)
    {
        if (connection.Phase == ConnectionPhase.Closed)
        {
            return;
        }

        if (connection.Sending is not null)
        {
            // What was written behind the armed send waits too.
            CountBacklog(connection);
            return;
        }

        if (connection.Output is { } output)
        {
            Send(connection, output);
            CountBacklog(connection);
        }

        if (connection.Output is null && connection.Phase == ConnectionPhase.Flushing)
        {
            loop.Closer.OnFlushed(connection);
        }

        loop.Receiver.Resume(connection);
    }

    /// <summary>The armed send completed.</summary>
    public void OnSent(SaeaConnection connection)
    {
        SendOperation operation = connection.Sending!;
        SocketError error = operation.SocketError;
        int sent = operation.BytesTransferred;
        Release(connection, operation);
        if (connection.Phase == ConnectionPhase.Closed)
        {
            DropOutput(connection);
        }
        else if (error != SocketError.Success)
        {
            Fail(connection);
        }
        else
        {
            Took(connection, connection.Output!, sent);
            loop.QueueFlush(connection);
        }
    }

    /// <summary>A deadline of this open connection came: has its peer taken anything of late?</summary>
    public void CheckStall(SaeaConnection connection)
    {
        long stalledAtMs = connection.ProgressMs + options.SendStallMs;
        if (connection.OutputBytes == 0)
        {
            connection.StallWatched = false;
        }
        else if (loop.NowMs >= stalledAtMs)
        {
            loop.Closer.Abort(connection, CloseReason.SlowReader);
        }
        else
        {
            loop.Deadlines.Add(connection.Id, stalledAtMs);
        }
    }

    /// <summary>Gives back the output, unless the kernel may still be reading it: then the completion does.</summary>
    public void DropOutput(SaeaConnection connection)
    {
        if (connection.Sending is null && connection.Output is { } output)
        {
            loop.Pool.Return(output);
            connection.Output = null;
        }

        CountBacklog(connection);
    }

    private SendOutcome SendAtOnce(SaeaConnection connection, ReadOnlySpan<byte> frame)
    {
        int sent = connection.Socket.Send(frame, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Fail(connection);
            return SendOutcome.Gone;
        }

        sent = error == SocketError.Success ? sent : 0;
        loop.Counters.Sent(sent);
        if (sent < frame.Length)
        {
            WriterFor(connection);
            connection.Output!.Append(frame[sent..]);
            CountBacklog(connection);
        }

        return SendOutcome.Taken;
    }

    private void Send(SaeaConnection connection, BufferChain output)
    {
        for (int sends = 0; sends < TurnBudget.SendsPerConnection && output.Length > 0; sends++)
        {
            int sent = connection.Socket.Send(output.First.Span, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                Arm(connection, output);
                return;
            }

            if (error != SocketError.Success)
            {
                Fail(connection);
                return;
            }

            Took(connection, output, sent);
        }

        if (output.Length == 0)
        {
            DropOutput(connection);
        }
        else
        {
            loop.QueueFlush(connection);
        }
    }

    private void Arm(SaeaConnection connection, BufferChain output)
    {
        if (!connection.StallWatched)
        {
            connection.StallWatched = true;
            loop.Deadlines.Add(connection.Id, connection.ProgressMs + options.SendStallMs);
        }

        SendOperation operation = _operations.TryPop(out SendOperation? pooled) ? pooled : new SendOperation();
        Memory<byte> first = output.First;
        operation.Connection = connection;
        operation.SetBuffer(first[..Math.Min(first.Length, ArmedSendBytes)]);
        connection.Sending = operation;
        if (!connection.Socket.SendAsync(operation))
        {
            OnSent(connection);
        }
    }

    private void Release(SaeaConnection connection, SendOperation operation)
    {
        connection.Sending = null;
        operation.Connection = null;
        operation.SetBuffer(Memory<byte>.Empty);
        _operations.Push(operation);
    }

    private void Took(SaeaConnection connection, BufferChain output, int sent)
    {
        output.Consume(sent);
        connection.ProgressMs = loop.NowMs;
        loop.Counters.Sent(sent);
    }

    /// <summary>The peer cannot be reached any more, but what it sent before still counts: it is read first.</summary>
    private void Fail(SaeaConnection connection)
    {
        DropOutput(connection);
        if (connection.Phase == ConnectionPhase.Open)
        {
            connection.Broken = CloseReason.SendFailed;
            loop.QueueRead(connection);
        }
        else
        {
            loop.Closer.Abort(connection, connection.Reason);
        }
    }

    private void CountBacklog(SaeaConnection connection)
    {
        long waiting = connection.Phase == ConnectionPhase.Closed ? 0 : connection.OutputBytes;
        if (waiting != connection.CountedBacklog)
        {
            loop.Counters.BacklogChanged(waiting - connection.CountedBacklog);
            connection.CountedBacklog = waiting;
        }
    }
}
