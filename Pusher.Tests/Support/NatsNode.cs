using System.Text.Json;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>A node with a nats-server of its own: the usual installation, shared by the tests of a class.</summary>
public abstract class NatsNode : IAsyncLifetime
{
    private readonly IReadOnlyList<string> _options;
    private readonly List<TestDevice> _spare = [];
    private int _taken;

    /// <param name="options">Options of the server, name and value in turn.</param>
    protected NatsNode(params IReadOnlyList<string> options) => _options = options;

    public NatsServerProcess Nats { get; private set; } = null!;

    public TestNode Node { get; private set; } = null!;

    /// <summary>A NATS connection that all tests of the class share.</summary>
    public RawNatsClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Nats = await NatsServerProcess.StartNewAsync();
        Node = new TestNode { NatsUrl = Nats.Url, Options = _options };
        for (var i = 0; i < 60; i++)
        {
            _spare.Add(Node.Credentials.Add($"device-{i}"));
        }

        try
        {
            await Node.StartAsync();
            Client = await RawNatsClient.ConnectAsync(Nats.Port);
            await AnswersAsync();
        }
        catch
        {
            await DisposeAsync(); // the runner disposes only of what was initialized
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }

        if (Node is not null)
        {
            await Node.DisposeAsync();
        }

        if (Nats is not null)
        {
            await Nats.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A device that no other test has; the server knows it.</summary>
    public TestDevice TakeDevice() => _spare[Interlocked.Increment(ref _taken) - 1];

    /// <summary>Publishes over NATS; the JSON answer.</summary>
    public async Task<JsonElement> PublishAsync(TestDevice device, string payload, params (string Name, string Value)[] headers)
    {
        var reply = await Client.RequestAsync($"pusher.pub.{device.Identity.Tenant}.device.{device.Identity.Device}", payload, headers);
        Assert.True(reply is not null, $"no answer to a publish{Node.Process.Describe()}");
        return reply.Json;
    }

    // "ready" may come a moment before the subscription stands at NATS.
    private Task AnswersAsync()
        => Eventually.TrueAsync(async () => await Client.RequestAsync("pusher.pub.acme.device.nobody", "") is not null, "the node answers over NATS");
}
