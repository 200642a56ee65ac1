using System.Net.Sockets;
using Pusher.Tests.Transport.Support;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>A message costs no garbage once everything is warm.</summary>
public abstract class AllocationContractTests(ITransportFactory factory)
{
    private const int Messages = 20_000;

    /// <summary>
    /// What the rest of the process (test host, runtime timers, tiered compilation) may allocate meanwhile. One object per message
    /// would be 24 bytes at the very least, 480,000 for all.
    /// </summary>
    private const long NoiseBytes = 100_000;

    [Fact]
    public async Task EchoedMessages_WholeFrames_AllocateNothing()
    {
        await using TestServer server = new(factory);
        using Socket client = Connect(server);
        AssertNoGarbage(server, () => RoundTrip(server, client, 128, 128));
    }

    [Fact]
    public async Task EchoedMessages_EachInTwoParts_AllocateNothing()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
            bytes.Length < 128 ? bytes.Start : ScriptedHandler.Echo(reactor, connection, in bytes));
        using Socket client = Connect(server);
        AssertNoGarbage(server, () => RoundTrip(server, client, 128, 50));
    }

    [Fact]
    public async Task EncodedFrames_SentAtOnce_AllocateNothing()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
        {
            reactor.TrySend(connection, bytes.FirstSpan, 1000);
            return bytes.GetPosition(bytes.FirstSpan.Length);
        });
        using Socket client = Connect(server);
        AssertNoGarbage(server, () => RoundTrip(server, client, 128, 128));
    }

    private static void AssertNoGarbage(TestServer server, Action roundTrip)
    {
        for (int i = 0; i < 3000; i++)
        {
            roundTrip();
        }

        long loopBefore = server.Handler.BytesAllocatedByLoop;
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Messages; i++)
        {
            roundTrip();
        }

        long loopBytes = server.Handler.BytesAllocatedByLoop - loopBefore;
        long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal(0, loopBytes);
        Assert.InRange(bytes, 0, NoiseBytes);
    }

    /// <summary>Connects without an asynchronous call, after which a socket would no longer block in the kernel but in the runtime.</summary>
    private static Socket Connect(TestServer server)
    {
        Socket client = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
        client.Connect(server.Transport.LocalEndPoint);
        return client;
    }

    /// <summary>On this thread and without a task, so that the client allocates nothing either.</summary>
    private static void RoundTrip(TestServer server, Socket client, int size, int firstPart)
    {
        Span<byte> message = stackalloc byte[size];
        long before = server.Transport.Counters.BytesIn;
        client.Send(message[..firstPart]);
        if (firstPart < size)
        {
            SpinUntilRead(server, before + firstPart);
            client.Send(message[firstPart..]);
        }

        for (int read = 0; read < size;)
        {
            read += client.Receive(message[read..]);
        }
    }

    /// <summary>So that the second part is a read of its own; waiting without allocating anything.</summary>
    private static void SpinUntilRead(TestServer server, long bytesIn)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (server.Transport.Counters.BytesIn < bytesIn)
        {
            Assert.True(Environment.TickCount64 < deadline, "the first part is not read");
            Thread.Yield();
        }
    }
}
