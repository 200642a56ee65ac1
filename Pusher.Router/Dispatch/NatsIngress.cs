using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Takes publishes from the bus: all nodes in one queue group, so each message reaches one node. Answers on the reply subject when there is
/// one; without one the message is stored all the same.
/// </summary>
/// <remarks>Threading: the bus calls from one thread at a time; answers come from the store's thread.</remarks>
public sealed class NatsIngress(IClusterBus bus, Dispatcher dispatcher, ILogger<NatsIngress> log)
{
    /// <summary>The queue group of all nodes.</summary>
    public const string QueueGroup = "pusher";

    // A publisher chooses the reply subject and we publish to it with our rights. Ours are closed to it: else it could make a node publish
    // into another tenant, or answer itself for ever.
    private const string ReservedPrefix = "pusher.";

    private readonly AnswerSender _answers = new(bus, log);
    private IAsyncDisposable? _subscription;

    /// <summary>Begins to take publishes. With NATS down it completes too, and publishes come when NATS does.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
        => _subscription = await bus.SubscribeAsync(PublishSubject.All, QueueGroup, OnMessage, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes no more, after those that arrived before are handed to the dispatcher.</summary>
    public async Task StopAsync()
    {
        if (_subscription is { } subscription)
        {
            _subscription = null;
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the bus has taken all answers given so far, or is gone.</summary>
    public Task WaitUntilAnsweredAsync() => _answers.WaitUntilIdleAsync();

    private void OnMessage(BusMessage message)
    {
        var operation = new NatsPublishOperation(_answers, AllowedReply(message.ReplyTo)) { Payload = message.Payload };
        operation.Problem = PublishSubject.Parse(message.Subject, out var target, out var device);
        operation.Target = target;
        operation.Device = device;
        if (message.Headers is { } headers)
        {
            foreach (var (name, value) in headers)
            {
                PublishHeaders.Apply(operation, name, value);
            }
        }

        dispatcher.Publish(operation);
    }

    private string? AllowedReply(string? replyTo)
    {
        if (replyTo is null)
        {
            return null;
        }

        if (SubjectPattern.IsSubject(replyTo) && !replyTo.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            return replyTo;
        }

        RouterLog.ReplySubjectRefused(log, ReservedPrefix);
        return null;
    }
}
