using System.Collections.Concurrent;
using Pusher.Client.Devices;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class DeviceClientTests : IAsyncLifetime
{
    private static readonly StreamPosition Fresh = new(7, 0);
    private readonly ScriptedDeviceServer _server = new();
    private readonly ConcurrentQueue<DeviceMessage> _handled = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DeviceClientOptions Options => new()
    {
        Servers = [_server.Address],
        Tenant = "acme",
        Device = "printer-1",
        Key = SessionBench.Key,
        ReconnectBaseMs = 20,
        ReconnectMaxMs = 100,
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Start_MessageArrives_IsHandledAndAcknowledged()
    {
        await using var client = Start(Options);
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.PushAsync(100, 7, 1, "one"u8.ToArray());
        Assert.Equal([(100ul, DeliveryResult.Printed)], await connection.ReadUntilAckAsync(7, 1));
        Assert.Equal("one"u8, _handled.Single().Payload.Span);
        Assert.Equal("scripted", client.Login!.Node);
    }

    [Fact]
    public async Task Cut_ConnectsAgainAndGoesOnWhereItWas()
    {
        await using var client = Start(Options);
        for (ulong round = 1; round <= 5; round++)
        {
            var connection = await _server.NextAsync(Cancel);
            var seen = await connection.LogInAsync(SessionBench.Key, 10_000, new StreamPosition(7, round - 1));
            Assert.Equal(round - 1, seen.SingleOrDefault().Seq);
            await connection.PushAsync(round, 7, round, []);
            await connection.ReadUntilAckAsync(7, round);
            connection.Cut();
        }

        Assert.Equal([1ul, 2, 3, 4, 5], _handled.Select(m => m.MessageId));
    }

    [Fact]
    public async Task Cut_WhileTheHandlerRuns_IsAcknowledgedOnTheNextConnectionAndHandledOnce()
    {
        var release = new TaskCompletionSource();
        await using var client = Start(Options, async (message, _) =>
        {
            _handled.Enqueue(message);
            await release.Task;
            return HandlingResult.Printed;
        });
        var first = await _server.NextAsync(Cancel);
        await first.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await first.PushAsync(100, 7, 1, []);
        await Eventually.TrueAsync(() => _handled.Count == 1);
        first.Cut();

        var second = await _server.NextAsync(Cancel);
        await second.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await second.PushAsync(100, 7, 1, []);
        release.SetResult();
        Assert.Contains((100ul, DeliveryResult.Printed), await second.ReadUntilAckAsync(7, 1));
        Assert.Single(_handled);
    }

    [Fact]
    public async Task Handler_Throws_IsReportedAndTheNextMessageComes()
    {
        await using var client = Start(Options, (message, _) =>
        {
            _handled.Enqueue(message);
            return message.Seq == 1 ? throw new InvalidOperationException("the cutter is gone") : ValueTask.FromResult(HandlingResult.Ok);
        });
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.PushAsync(100, 7, 1, []);
        await connection.PushAsync(101, 7, 2, []);
        Assert.Equal([(100ul, DeliveryResult.HandlerFailed)], await connection.ReadUntilAckAsync(7, 2));
    }

    [Fact]
    public async Task Handler_ThrowsOnceWithTwoAttempts_IsCalledAgain()
    {
        await using var client = Start(Options with { HandlerAttempts = 2, HandlerRetryMs = 1 }, (message, _) =>
        {
            _handled.Enqueue(message);
            return _handled.Count == 1 ? throw new IOException("busy") : ValueTask.FromResult(HandlingResult.Printed);
        });
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.PushAsync(100, 7, 1, []);
        Assert.Equal([(100ul, DeliveryResult.Printed)], await connection.ReadUntilAckAsync(7, 1));
        Assert.Equal(2, _handled.Count);
    }

    [Fact]
    public async Task GoAway_Replaced_EndsTheClient()
    {
        await using var client = Start(Options);
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.SendAsync(w => FrameWriter.WriteGoAway(w, FrameFlags.None, CloseReason.Replaced, ProtocolLimits.RetryNever, [], "newer login"));
        connection.Dispose();
        var last = await client.Completion.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal((ClientSessionState.Halted, CloseReason.Replaced, "newer login"), (last.State, last.Reason, last.Text));
    }

    [Fact]
    public async Task StopAsync_HandlerRunning_WaitsAcknowledgesAndLeavesTheRest()
    {
        var release = new TaskCompletionSource();
        var client = Start(Options, async (message, _) =>
        {
            _handled.Enqueue(message);
            await release.Task;
            return HandlingResult.Printed;
        });
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.PushAsync(100, 7, 1, []);
        await connection.PushAsync(101, 7, 2, []);
        await Eventually.TrueAsync(() => _handled.Count == 1);

        var stopping = client.StopAsync();
        release.SetResult();
        Assert.Equal([(100ul, DeliveryResult.Printed)], await connection.ReadUntilAckAsync(7, 1));
        Assert.Null(await connection.TryReadAsync());
        connection.Dispose();
        await stopping;
        Assert.Single(_handled);
        Assert.Equal(ClientSessionState.Halted, client.State);
    }

    [Fact]
    public async Task StopAsync_HandlerStuck_CancelsItAndDoesNotAcknowledge()
    {
        var client = Start(Options with { StopTimeoutMs = 50 }, async (message, cancel) =>
        {
            _handled.Enqueue(message);
            await Task.Delay(Timeout.Infinite, cancel);
            return HandlingResult.Printed;
        });
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await connection.PushAsync(100, 7, 1, []);
        await Eventually.TrueAsync(() => _handled.Count == 1);
        var stopping = client.StopAsync();
        Assert.Null(await connection.TryReadAsync());
        connection.Dispose();
        await stopping;
    }

    [Fact]
    public async Task SendEventAsync_IsAnsweredOrKnownToBeOpen()
    {
        await using var client = Start(Options);
        Assert.Equal(SendEventResult.NotOnline, await new DeviceClient(Options, (_, _) => default).SendEventAsync("paper-low", default, Cancel));
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await Eventually.TrueAsync(() => client.State == ClientSessionState.Online);

        var first = client.SendEventAsync("paper-low", "tray 1"u8.ToArray(), Cancel);
        var (type, payload) = await connection.ReadAsync();
        Assert.Equal(FrameType.Event, type);
        var eventId = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(payload);
        await connection.SendAsync(w => FrameWriter.WriteEventAck(w, FrameFlags.None, eventId, EventStatus.Ok));
        Assert.Equal(SendEventResult.Ok, await first);

        var second = client.SendEventAsync("paper-low", default, Cancel);
        await connection.ReadAsync();
        connection.Cut();
        Assert.Equal(SendEventResult.Unknown, await second);
    }

    [Fact]
    public async Task Heartbeat_SilentServer_IsGivenUpByTheClock()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var client = new DeviceClient(Options, HandleAsync, null, time);
        var lost = new TaskCompletionSource<ClientStateChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.StateChanged += c => _ = c.State == ClientSessionState.Closing && lost.TrySetResult(c);
        client.Start();
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        await Eventually.TrueAsync(() => client.State == ClientSessionState.Online);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(FrameType.Heartbeat, (await connection.ReadAsync()).Type);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(CloseReason.HeartbeatTimeout, (await lost.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).Reason);
        connection.Dispose();
    }

    [Fact]
    public async Task RingFile_NewClientAfterHandlingWithoutAcknowledgement_DoesNotHandleAgain()
    {
        var directory = Directory.CreateTempSubdirectory("pusher-client-");
        var options = Options with { RingFile = Path.Combine(directory.FullName, "ring"), RingFlush = RingFlush.OperatingSystem };
        await using (var client = Start(options))
        {
            var connection = await _server.NextAsync(Cancel);
            await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
            await connection.PushAsync(100, 7, 1, []);
            await connection.ReadUntilAckAsync(7, 1); // and the server forgets that it was told
            connection.Cut();
        }

        await using (var client = Start(options))
        {
            var connection = await _server.NextAsync(Cancel);
            var seen = await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
            Assert.Equal([new StreamPosition(7, 1)], seen);
            await connection.PushAsync(100, 7, 1, []);
            Assert.Equal([(100ul, DeliveryResult.Printed)], await connection.ReadUntilAckAsync(7, 1));
            connection.Dispose();
        }

        Assert.Single(_handled);
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task ManyMessages_KeepOrderAndAreAllAcknowledged()
    {
        const int Count = 4_000; // fewer than the device takes without an acknowledgement: this server sends nothing again
        await using var client = Start(Options);
        var connection = await _server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, Fresh);
        var pushing = Task.Run(async () =>
        {
            for (ulong seq = 1; seq <= Count; seq++)
            {
                await connection.PushAsync(seq, 7, seq, new byte[128]);
            }
        }, Cancel);
        await connection.ReadUntilAckAsync(7, Count);
        await pushing;
        Assert.Equal(Enumerable.Range(1, Count).Select(i => (ulong)i), _handled.Select(m => m.Seq));
    }

    private ValueTask<HandlingResult> HandleAsync(DeviceMessage message, CancellationToken cancellationToken)
    {
        _handled.Enqueue(message);
        return ValueTask.FromResult(HandlingResult.Printed);
    }

    private DeviceClient Start(DeviceClientOptions options, MessageHandler? handler = null)
    {
        var client = new DeviceClient(options, handler ?? HandleAsync);
        client.Start();
        return client;
    }
}
