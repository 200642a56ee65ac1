using System.Buffers;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>Gathers the output of one loop's connections and sends it once per turn; what the kernel does not take waits.</summary>
internal sealed class EpollSender(EpollLoop loop, TransportOptions options)
{
    /// <summary>Segments sent by one writev: with the sizes of the pool about 400 KiB, more than a socket takes.</summary>
    private const int PiecesMax = 8;

    /// <summary>
    /// A frame that would make this turn's output longer than so much has the output sent first: what is gathered is a few messages for one send,
    /// and only what the kernel refused counts as backlog.
    /// </summary>
    private const int GatheredBytesMax = 16 * 1024;

    public IBufferWriter<byte> WriterFor(ConnectionId id, ref EpollConnection connection)
    {
        loop.QueueFlush(id, ref connection);
        if (connection.Output is null)
        {
            connection.Output = loop.Pool.RentChain();
            connection.ClockMs = loop.NowMs;
        }

        return connection.Output;
    }

    public SendOutcome TrySend(ConnectionId id, ref EpollConnection connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
    {
        if (connection.Output is { } output && !connection.OutputWatched && output.Length + frame.Length > Math.Min(GatheredBytesMax, backlogBytesMax))
        {
            Send(id, ref connection, output);
        }

        if (connection.Broken != CloseReason.None)
        {
            return SendOutcome.Gone;
        }

        if (connection.Output is null)
        {
            return SendAtOnce(id, ref connection, frame);
        }

        if (connection.Output.Length > backlogBytesMax)
        {
            return SendOutcome.Backlogged;
        }

        // It waits for room already, or stands in the flush queue since the output began.
        connection.Output.Append(frame);
        CountBacklog(ref connection);
        return SendOutcome.Taken;
    }

    public void Flush(ConnectionId id, ref EpollConnection connection)
    {
        if (connection.Phase == ConnectionPhase.Closed)
        {
            return;
        }

        if (connection.Output is { } output)
        {
            Send(id, ref connection, output);
            CountBacklog(ref connection);
        }

        if (connection.Output is null && connection.Phase == ConnectionPhase.Flushing)
        {
            loop.Closer.OnFlushed(id, ref connection);
        }

        loop.Receiver.Resume(id, ref connection);
    }

    /// <summary>A deadline of this open connection came: has its peer taken anything of late?</summary>
    public void CheckStall(ConnectionId id, ref EpollConnection connection)
    {
        long stalledAtMs = connection.ClockMs + options.SendStallMs;
        if (connection.OutputBytes == 0)
        {
            connection.StallWatched = false;
        }
        else if (loop.NowMs >= stalledAtMs)
        {
            loop.Closer.Abort(id, ref connection, CloseReason.SlowReader);
        }
        else
        {
            loop.Deadlines.Add(id, stalledAtMs);
        }
    }

    public void DropOutput(ref EpollConnection connection)
    {
        if (connection.Output is { } output)
        {
            loop.Pool.Return(output);
            connection.Output = null;
        }

        CountBacklog(ref connection);
    }

    private SendOutcome SendAtOnce(ConnectionId id, ref EpollConnection connection, ReadOnlySpan<byte> frame)
    {
        long sent = Libc.Send(connection.Descriptor, frame);
        if (sent < 0 && sent != -Errno.Again)
        {
            Fail(id, ref connection);
            return SendOutcome.Gone;
        }

        sent = Math.Max(sent, 0);
        loop.Counters.Sent((int)sent);
        if (sent < frame.Length)
        {
            connection.Output = loop.Pool.RentChain();
            connection.Output.Append(frame[(int)sent..]);
            connection.ClockMs = loop.NowMs;
            CountBacklog(ref connection);
            WaitForRoom(id, ref connection);
        }

        return SendOutcome.Taken;
    }

    private void Send(ConnectionId id, ref EpollConnection connection, BufferChain output)
    {
        for (int sends = 0; sends < TurnBudget.SendsPerConnection && output.Length > 0; sends++)
        {
            long sent = SendSome(connection.Descriptor, output, out long asked);
            if (sent < 0 && sent != -Errno.Again)
            {
                Fail(id, ref connection);
                return;
            }

            if (sent > 0)
            {
                Took(ref connection, output, sent);
            }

            // A part taken means that the kernel's buffer is full, as plainly as a refusal: no send that is refused for certain.
            if (sent < asked)
            {
                WaitForRoom(id, ref connection);
                return;
            }
        }

        if (output.Length == 0)
        {
            DropOutput(ref connection);
            StopWaiting(id, ref connection);
        }
        else
        {
            loop.QueueFlush(id, ref connection);
        }
    }

    /// <summary>One system call: plain for a single segment, gathering for several.</summary>
    private static long SendSome(int descriptor, BufferChain output, out long asked)
    {
        ReadOnlySpan<byte> first = output.First.Span;
        asked = first.Length;
        return asked == output.Length ? Libc.Send(descriptor, first) : SendGathered(descriptor, output, out asked);
    }

    /// <summary>The arrays of segments are allocated pinned, and the chain holds them during the call.</summary>
    private static long SendGathered(int descriptor, BufferChain output, out long asked)
    {
        Span<IoVec> pieces = stackalloc IoVec[PiecesMax];
        int count = 0;
        int start = output.Start;
        asked = 0;
        for (BufferSegment? segment = output.Head; segment is not null && count < PiecesMax; segment = segment.Successor)
        {
            int length = segment.End - start;
            pieces[count++] = IoVec.OfPinned(segment.Array, start, length);
            asked += length;
            start = 0;
        }

        return Libc.Write(descriptor, pieces[..count]);
    }

    private void WaitForRoom(ConnectionId id, ref EpollConnection connection)
    {
        if (!connection.StallWatched && connection.Phase == ConnectionPhase.Open)
        {
            connection.StallWatched = true;
            loop.Deadlines.Add(id, connection.ClockMs + options.SendStallMs);
        }

        if (!connection.OutputWatched)
        {
            connection.OutputWatched = true;
            loop.Set.WatchConnection(connection.Descriptor, id, output: true);
        }
    }

    private void StopWaiting(ConnectionId id, ref EpollConnection connection)
    {
        if (connection.OutputWatched)
        {
            connection.OutputWatched = false;
            loop.Set.WatchConnection(connection.Descriptor, id, output: false);
        }
    }

    private void Took(ref EpollConnection connection, BufferChain output, long sent)
    {
        output.Consume(sent);
        loop.Counters.Sent((int)sent);
        if (connection.Phase == ConnectionPhase.Open)
        {
            connection.ClockMs = loop.NowMs;
        }
    }

    /// <summary>The peer cannot be reached any more, but what it sent before still counts: it is read first.</summary>
    private void Fail(ConnectionId id, ref EpollConnection connection)
    {
        DropOutput(ref connection);
        if (connection.Phase == ConnectionPhase.Open)
        {
            connection.Broken = CloseReason.SendFailed;
            loop.QueueRead(id, ref connection);
        }
        else
        {
            loop.Closer.Abort(id, ref connection, connection.Reason);
        }
    }

    private void CountBacklog(ref EpollConnection connection)
    {
        long waiting = connection.Phase == ConnectionPhase.Closed ? 0 : connection.OutputBytes;
        if (waiting != connection.CountedBacklog)
        {
            loop.Counters.BacklogChanged(waiting - connection.CountedBacklog);
            connection.CountedBacklog = waiting;
        }
    }
}
