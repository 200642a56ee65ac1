using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Takes publishes from the bus: all nodes in one queue group, so each message reaches one node. Answers on the reply subject when there is
/// one; without one the message is stored all the same.
/// </summary>
/// <remarks>
/// Threading: the bus calls from one thread at a time, its own read loop; answers come from the store's thread. Nothing here waits: what is too much is
/// refused by the _dispatcher.
/// </remarks>
public sealed class NatsIngress
{
    /// <summary>The queue group of all nodes.</summary>
    public const string QueueGroup = "pusher";

    // A publisher chooses the reply subject and we publish to it with our rights. Ours are closed to it: else it could make a node publish
    // into another tenant, or answer itself for ever.
    private const string ReservedPrefix = "pusher.";

    // Those of nats-server itself: $SYS, $JS (a stream could be purged by an answer), $KV.
    private const char ServersPrefix = '$';

    private const int HeaderCharsOnStack = 256;

    private readonly IClusterBus _bus;
    private readonly Dispatcher _dispatcher;
    private readonly ILogger _log;
    private readonly AnswerSender _answers;
    private readonly PublishPool<NatsPublishOperation> _operations;
    private readonly BatchIngress _batches;
    private IAsyncDisposable? _subscription;

    public NatsIngress(IClusterBus bus, Dispatcher dispatcher, ILogger<NatsIngress> log)
    {
        _bus = bus;
        _dispatcher = dispatcher;
        _log = log;
        _answers = new AnswerSender(bus, log);
        _operations = new PublishPool<NatsPublishOperation>(pool => new NatsPublishOperation(pool, _answers));
        _batches = new BatchIngress(dispatcher, _answers);
    }

    /// <summary>Begins to take publishes. With NATS down it completes too, and publishes come when NATS does.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
        => _subscription = await _bus.SubscribeInPlaceAsync(PublishSubject.All, QueueGroup, OnArrival, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes no more, after those that arrived before are handed to the _dispatcher.</summary>
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

    private void OnArrival(in BusArrival arrival)
    {
        var problem = PublishSubject.Parse(arrival.Subject, out var target, out var tenant, out var device);
        var replyTo = AllowedReply(arrival.ReplyTo);
        if (target == PublishTarget.Batch)
        {
            _batches.Publish(tenant, in arrival, replyTo);
            return;
        }

        var operation = _operations.Rent();
        operation.ReplyTo = replyTo;
        operation.Problem = problem;
        operation.Target = target;
        operation.Device = KeyOf(tenant, device);
        if (!arrival.Headers.IsEmpty)
        {
            ApplyHeaders(operation, arrival.Headers);
        }

        if (operation.Problem is null && arrival.Payload.Length > _dispatcher.Options.PayloadBytesMax)
        {
            _dispatcher.RefuseTooLarge(operation, arrival.Payload.Length);
            return;
        }

        if (operation.Problem is null)
        {
            operation.CopyPayload(arrival.Payload);
        }

        _dispatcher.Publish(operation);
    }

    private DeviceKey KeyOf(ReadOnlySpan<char> tenant, ReadOnlySpan<char> device)
    {
        // Before it becomes bytes: an encoding puts a letter that looks alike for one it has not, and that may be another device's name.
        if (!Identifier.IsValid(device))
        {
            return new DeviceKey(tenant.ToString(), device.ToString()); // the dispatcher says what is wrong with it; of all devices it has none
        }

        Span<byte> names = stackalloc byte[2 * Identifier.LengthMax];
        var tenantBytes = Encoding.ASCII.GetBytes(tenant, names);
        var deviceBytes = Encoding.ASCII.GetBytes(device, names[tenantBytes..]);
        return _dispatcher.Directory.Intern(names[..tenantBytes], names.Slice(tenantBytes, deviceBytes));
    }

    private static void ApplyHeaders(NatsPublishOperation operation, in ReadOnlySequence<byte> block)
    {
        Span<char> characters = stackalloc char[HeaderCharsOnStack];
        var headers = new HeaderReader(block.IsSingleSegment ? block.FirstSpan : block.ToArray());
        while (headers.TryRead(out var name, out var value))
        {
            // Latin-1: a byte that is not ASCII stays one, and is refused where only ASCII is good.
            var text = name.Length + value.Length <= characters.Length ? characters : new char[name.Length + value.Length];
            Encoding.Latin1.GetChars(name, text);
            Encoding.Latin1.GetChars(value, text[name.Length..]);
            PublishHeaders.Apply(operation, text[..name.Length], text.Slice(name.Length, value.Length));
        }
    }

    private string? AllowedReply(string? replyTo)
    {
        if (replyTo is null)
        {
            return null;
        }

        if (SubjectPattern.IsSubject(replyTo) && replyTo[0] != ServersPrefix && !replyTo.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            return replyTo;
        }

        RouterLog.ReplySubjectRefused(_log, ReservedPrefix);
        return null;
    }
}
