using System.Buffers;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>A connection ends once, for one reason, and with its last words said.</summary>
public abstract class CloseContractTests(ITransportFactory factory)
{
    [Fact]
    public async Task Close_AfterOutput_FlushesItAndEndsInOrder()
    {
        byte[] last = Pattern.Bytes(100_000);
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
        {
            reactor.Output(connection).Write(last);
            reactor.Close(connection, CloseReason.Draining);
            reactor.Output(connection).Write(new byte[50]);
            return bytes.End;
        });
        using Socket client = await server.ConnectAsync();
        await client.SendAllAsync(new byte[] { 1 });
        Assert.Equal(last, await client.ReadToEndAsync());
        client.Dispose();
        Assert.Equal(CloseReason.Draining, await server.ReasonAsync());
    }

    [Fact]
    public async Task Close_WhilePeerStillSends_DoesNotDestroyTheLastWords()
    {
        TransportOptions options = new() { Reactors = 1, CloseFlushMs = 20_000 };
        await using TestServer server = new(factory, options, handler => handler.Received = (reactor, connection, in bytes) =>
        {
            reactor.Output(connection).Write("refused"u8);
            reactor.Close(connection, CloseReason.TooLarge);
            return bytes.Start;
        });
        using Socket client = await server.ConnectAsync();

        // More than both kernel buffers hold: it only goes through when the closing side goes on reading.
        await client.SendAllAsync(new byte[48 * 1024 * 1024]);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("refused"u8.ToArray(), await client.ReadToEndAsync());
        Assert.Equal(CloseReason.TooLarge, await server.ReasonAsync());
        await Until.TrueAsync(() => server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task Close_PeerNeitherReadsNorCloses_EndsAfterTheFlushTime()
    {
        TransportOptions options = new() { Reactors = 1, CloseFlushMs = 50 };
        await using TestServer server = new(factory, options, handler => handler.Accepted = (reactor, connection) =>
        {
            reactor.Output(connection).Write(new byte[20_000_000]);
            reactor.Close(connection, CloseReason.Busy);
        });
        using Socket client = await server.ConnectAsync();
        Assert.Equal(CloseReason.Busy, await server.ReasonAsync());
        await Until.TrueAsync(() => server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task Close_PeerReadsAllButDoesNotClose_EndsAfterTheFlushTime()
    {
        TransportOptions options = new() { Reactors = 1, CloseFlushMs = 50 };
        await using TestServer server = new(factory, options, handler => handler.Accepted = (reactor, connection) =>
            reactor.Close(connection, CloseReason.Busy));
        using Socket client = await server.ConnectAsync();
        Assert.Empty(await client.ReadToEndAsync());
        Assert.Equal(CloseReason.Busy, await server.ReasonAsync());
    }

    [Fact]
    public async Task Close_Twice_TheFirstReasonWinsAndOnClosedIsNotCalledInside()
    {
        int closedInside = 0;
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
        {
            reactor.Close(connection, CloseReason.BadFrame);
            reactor.Close(connection, CloseReason.Busy);
            closedInside = handler.Closes.Count;
            return bytes.End;
        });
        using (Socket client = await server.ConnectAsync())
        {
            await client.SendAllAsync(new byte[] { 1 });
            await client.ReadToEndAsync();
        }

        Assert.Equal(CloseReason.BadFrame, await server.ReasonAsync());
        Assert.Equal(0, closedInside);
        Assert.Equal(1, server.Transport.Counters.Closed(CloseReason.BadFrame));
    }

    [Fact]
    public async Task Close_InsideReceived_NoMoreInputIsHandedOver()
    {
        int calls = 0;
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
        {
            calls++;
            reactor.Close(connection, CloseReason.BadFrame);
            return bytes.Start;
        });
        using Socket client = await server.ConnectAsync();
        await client.SendAllAsync(new byte[] { 1 });
        await client.ReadToEndAsync();
        await client.SendAllAsync(new byte[] { 2 });
        client.Dispose();
        await server.ReasonAsync();
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task PeerHalfCloses_WhatCameIsAnsweredFirst()
    {
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        byte[] bytes = Pattern.Bytes(500_000);
        Task<byte[]> reading = client.ReadToEndAsync();
        await client.SendAllAsync(bytes);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(bytes, await reading);
        Assert.Equal(CloseReason.PeerClosed, await server.ReasonAsync());
    }

    [Fact]
    public async Task PeerSendsAndCloses_WhatCameIsHandedOver()
    {
        long received = 0;
        await using TestServer server = new(factory, script: handler => handler.Received = (_, _, in bytes) =>
        {
            received += bytes.Length;
            return bytes.End;
        });
        for (int i = 0; i < 50; i++)
        {
            using Socket client = await server.ConnectAsync();
            await client.SendAllAsync(new byte[1000]);
        }

        await Until.TrueAsync(() => server.Closed == 50, "all are closed");
        Assert.Equal(50_000, received);
    }

    [Fact]
    public async Task PeerResets_IsReceiveFailed()
    {
        await using TestServer server = new(factory);
        Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        client.Reset();
        Assert.Equal(CloseReason.ReceiveFailed, await server.ReasonAsync());
    }

    [Fact]
    public async Task SendFails_WhatThePeerSentBeforeIsHandedOver()
    {
        long received = 0;
        await using TestServer server = new(factory, script: handler => handler.Received = (_, _, in bytes) =>
        {
            received += bytes.Length;
            return bytes.End;
        });
        Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        ConnectionId connection = server.Handler.Accepts.First();

        // While the loop is held the peer sends, and is gone: the loop then finds its output failing and input waiting in one turn.
        using ManualResetEventSlim gate = new();
        Task held = server.Handler.DoAsync(reactor =>
        {
            gate.Wait(TimeSpan.FromSeconds(60));
            reactor.Output(connection).Write(new byte[100]);
        });
        await client.SendAllAsync(new byte[777]);
        client.Reset();
        gate.Set();
        await held;
        Assert.Contains(await server.ReasonAsync(), (CloseReason[])[CloseReason.SendFailed, CloseReason.ReceiveFailed]);
        Assert.Equal(777, received);
    }

    [Fact]
    public async Task BothSidesClose_OnClosedIsCalledOnce()
    {
        const int Count = 400;
        await using TestServer server = new(factory, new TransportOptions { Reactors = 2 });
        List<Socket> clients = [];
        while (clients.Count < Count)
        {
            clients.Add(await server.ConnectAsync());
        }

        await Until.TrueAsync(() => server.Accepted == Count, "all are accepted");
        Task[] closing = [.. server.Handlers.Select(handler => handler.DoAsync(reactor =>
        {
            foreach (ConnectionId connection in handler.Accepts)
            {
                reactor.Output(connection).Write(new byte[10]);
                reactor.Close(connection, CloseReason.Draining);
            }
        }))];
        for (int i = 0; i < Count; i++)
        {
            if (i % 3 == 0)
            {
                clients[i].Reset();
            }
            else
            {
                clients[i].Dispose();
            }
        }

        await Task.WhenAll(closing);
        await Until.TrueAsync(() => server.Closed >= Count, "all are closed");
        await Until.TrueAsync(() => server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task OnClosed_MayWriteAndCloseOthers()
    {
        await using TestServer server = new(factory, script: handler => handler.ClosedHook = (reactor, closed) =>
        {
            foreach (ConnectionId other in handler.Accepts)
            {
                reactor.Output(other).Write("bye"u8);
                reactor.Close(other, CloseReason.Replaced);
            }

            reactor.Close(closed, CloseReason.Busy);
        });
        using Socket survivor = await server.ConnectAsync();
        Socket leaver = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 2, "both are accepted");
        leaver.Dispose();
        Assert.Equal("bye"u8.ToArray(), await survivor.ReadToEndAsync());
        survivor.Dispose();
        Assert.Equal(CloseReason.Replaced, await server.ReasonAsync(1));
    }
}
