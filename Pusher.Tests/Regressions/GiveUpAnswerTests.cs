using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Sessions;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// A message was given up, and what it was could not be read for the event: the session got two answers, the second of which said that the
/// read it had meanwhile asked for had failed.
/// </summary>
public sealed class GiveUpAnswerTests
{
    [Fact]
    public async Task GiveUp_EventCannotBeMade_OneAnswer()
    {
        using var bench = new PublishBench();
        var bus = new FaultyBus(new InProcessBus(NullLogger<InProcessBus>.Instance)) { IsBroken = true };
        await using var disposal = bus;
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
        var reply = bench.Publish().Reply;

        await new SessionRequests(services, mailbox, NullLogger.Instance).GiveUpAsync(default, PublishBench.Printer, reply.Stream, reply.Seq);

        Assert.True(mailbox.TryTake(out var mail));
        Assert.Equal(ReactorMailKind.GivenUp, mail.Kind);
        Assert.True(mailbox.IsEmpty);
    }
}
