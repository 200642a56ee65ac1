using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Server.Sessions;
using Pusher.Tests.Core.Sessions;
using Pusher.Tests.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// The answer to each EVENT went through the reactor's mailbox, which has no bound and takes a fixed number of pieces a turn. A device that sent
/// small events as fast as it could filled the memory, and every ring of its neighbours waited behind its answers. It was not
/// slowed down by its own unread answers either.
/// </summary>
public sealed class EventFloodTests
{
    private const int Events = 5_000;

    [Fact]
    public async Task PublishEvent_Many_AnsweredAtOnceAndNotThroughTheMailbox()
    {
        using var bench = new PublishBench();
        await using var bus = new InProcessBus(NullLogger<InProcessBus>.Instance);
        var services = new SessionServices(
            new SessionOptions(),
            bench.Time,
            bench.Store,
            new MemoryRouteTable("n1", bench.Time),
            new SessionDirectory(),
            null!, // no login happens here
            new EventPublisher(bus, bench.Time, bench.Meter, NullLogger<EventPublisher>.Instance),
            bench.Meter,
            new SessionLimits());
        var mailbox = new ReactorMailbox();
        var reactor = new CapturingReactor();
        var port = new SessionPort(services, new SessionRequests(services, mailbox, NullLogger.Instance));
        port.Attach(reactor);
        var driver = new SessionDriver().Live();
        driver.Take();
        port.Select(driver.Session, default);

        driver.Session.OnReceived(new ReadOnlySequence<byte>(ManyEvents()), driver.Time, port);
        port.Answer();

        Assert.True(mailbox.IsEmpty);
        Assert.Equal(Events, CountAnswers(reactor.Written));
    }

    private static ReadOnlyMemory<byte> ManyEvents()
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 1; i <= Events; i++)
        {
            FrameWriter.WriteEvent(bytes, FrameFlags.None, (ulong)i, "e", []);
        }

        return bytes.WrittenMemory;
    }

    private static int CountAnswers(ReadOnlyMemory<byte> written)
    {
        var rest = new ReadOnlySequence<byte>(written);
        var count = 0;
        while (FrameReader.TryRead(ref rest, int.MaxValue, out var header, out var payload, out _) == FrameReadStatus.Frame)
        {
            Assert.Equal(FrameType.EventAck, header.Type);
            Assert.True(EventAckFrame.TryRead(payload.ToArray(), out var ack));
            Assert.Equal(((ulong)++count, EventStatus.Ok), (ack.EventId, ack.Status));
        }

        return count;
    }

    private sealed class CapturingReactor : IReactor
    {
        private readonly ArrayBufferWriter<byte> _output = new();

        public ReadOnlyMemory<byte> Written => _output.WrittenMemory;

        public long NowMs => 0;

        public int Index => 0;

        public int ConnectionCount => 1;

        public IBufferWriter<byte> Output(ConnectionId connection) => _output;

        public SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
        {
            _output.Write(frame);
            return SendOutcome.Taken;
        }

        public long OutputBacklogBytes(ConnectionId connection) => 0;

        public void Close(ConnectionId connection, CloseReason reason) => throw new InvalidOperationException($"closed: {reason}");

        public void Wake() => throw new InvalidOperationException("nobody sleeps");
    }
}
