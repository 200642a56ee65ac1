using NATS.Client.Core;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Client;

/// <summary>A real nats-server, and in the place of a node somebody who answers what is published there as a test says.</summary>
internal sealed class NatsResponder : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _responding = Task.CompletedTask;

    private NatsResponder(NatsServerProcess nats)
    {
        Nats = nats;
        _connection = new NatsConnection(new NatsOpts { Url = nats.Url });
    }

    public NatsServerProcess Nats { get; }

    /// <summary>Starts the server; until <see cref="RespondAsync"/> nobody listens on it.</summary>
    public static async Task<NatsResponder> StartNewAsync() => new(await NatsServerProcess.StartNewAsync());

    /// <summary>Answers every publish to <paramref name="subject"/>, one after the other; null = keeps silent.</summary>
    public async Task RespondAsync(string subject, Func<NatsMsg<byte[]>, byte[]?> answer)
    {
        var subscription = await _connection.SubscribeCoreAsync<byte[]>(subject, queueGroup: "pusher", cancellationToken: _stop.Token);
        await _connection.PingAsync(_stop.Token);
        _responding = Task.Run(async () =>
        {
            await foreach (var message in subscription.Msgs.ReadAllAsync(_stop.Token))
            {
                if (answer(message) is { } reply)
                {
                    await message.ReplyAsync(reply, cancellationToken: _stop.Token);
                }
            }
        }, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _responding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync();
        await Nats.DisposeAsync();
        _stop.Dispose();
    }
}
