using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Router.Faults;
using Pusher.Router.Stores;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The one way of a message into Pusher, whatever brought it: checks it, stores it, answers, rings. In that order: the OK goes out after the
/// message is on stable storage, and the bell rings after the OK, so that a failure in between costs a late delivery and never a false OK.
/// </summary>
/// <remarks>Threading: any thread. Nothing here blocks or locks; the counts of what is under way are interlocked.</remarks>
public sealed class Dispatcher
{
    private const string GoingDown = "This node is going down; nothing was stored. Try again: another node answers, or this one when it is back.";

    private const string UnknownDevice = "There is no such device in this tenant.";

    private readonly IMessageStore _store;
    private readonly IDeviceDirectory _directory;
    private readonly IDoorbell _doorbell;
    private readonly IPresence _presence;
    private readonly MessageIdGenerator _ids;
    private readonly TimeProvider _time;
    private readonly DispatchOptions _options;
    private readonly PusherMeter _meter;
    private readonly UnstoredPublisher _unstored;
    private readonly DeviceLookUps _lookUps;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _inFlightBytes;
    private int _inFlight;
    private int _closed;

    public Dispatcher(
        IMessageStore store,
        IDeviceDirectory directory,
        IDoorbell doorbell,
        IPresence presence,
        IUnstoredDelivery unstored,
        MessageIdGenerator ids,
        TimeProvider time,
        DispatchOptions options,
        PusherMeter meter)
    {
        options.Validate();
        _store = store;
        _directory = directory;
        _doorbell = doorbell;
        _presence = presence;
        _ids = ids;
        _time = time;
        _options = options;
        _meter = meter;
        _lookUps = new DeviceLookUps(directory, Proceed);
        _unstored = new UnstoredPublisher(unstored, ids, time, meter);
    }

    /// <summary>Limits that an ingress may enforce early, before it has read a whole body.</summary>
    public DispatchOptions Options => _options;

    /// <summary>The devices that may be published to.</summary>
    public IDeviceDirectory Directory => _directory;

    /// <summary>Publishes that wait for the store.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>
    /// Publishes; never throws. The operation gets exactly one answer, possibly before this returns; with QoS 0 always before, and then operation
    /// and payload are the caller's again, to be used for the next one.
    /// </summary>
    public void Publish(PublishOperation operation)
    {
        bool? isKnown = true;
        var refusal = Check(operation, ref isKnown, out var error);
        if (refusal != PublishStatus.Ok)
        {
            Refuse(operation, refusal, error);
            return;
        }

        if (operation.Qos == 0)
        {
            PublishUnstored(operation, isKnown);
            return;
        }

        // Counted before the closed flag is read: whoever closes sees either the count or our refusal, never a message in between.
        Interlocked.Increment(ref _inFlight);
        Interlocked.Add(ref _inFlightBytes, operation.Payload.Length);
        if (Overload() is { } busy)
        {
            Leave(operation);
            Refuse(operation, PublishStatus.StoreUnavailable, busy);
            return;
        }

        if (isKnown is null || _lookUps.AreWaiting)
        {
            _lookUps.Add(operation);
            return;
        }

        Append(operation);
    }

    private void Append(PublishOperation operation)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var ttlMs = operation.TtlMs ?? _options.TtlDefaultMs;
        operation.AcceptedAtUnixMs = now;
        operation.ExpiresAtUnixMs = ttlMs == 0 ? 0 : now + ttlMs;
        operation.MessageId = _ids.Next();
        operation.AppendStartedAt = _time.GetTimestamp();
        operation.GoThrough(this);
        _doorbell.Expect(operation.Device);
        _store.Append(operation);
    }

    /// <summary>Answers what an ingress can judge by itself (a wrong subject, a missing token, a body that is too long), counted like the rest.</summary>
    public void Refuse(PublishOperation operation, PublishStatus status, string? error)
    {
        _meter.Published(status.Name(), (int)status);
        operation.Answer(new PublishReply { Status = status, QueueDepth = -1, Error = error });
        operation.OnFinished();
    }

    /// <summary>Counts what an ingress refuses without a publish: a batch that cannot be read has none.</summary>
    internal void CountRefused(PublishStatus status) => _meter.Published(status.Name(), (int)status);

    /// <summary>Answers a payload over the limit, which the ingress need not read then.</summary>
    public void RefuseTooLarge(PublishOperation operation, long bytes) => Refuse(operation, PublishStatus.TooLarge, TooLarge(bytes));

    /// <summary>
    /// Takes no new publishes (they are answered <c>store_unavailable</c>, so their publishers go elsewhere) and completes when those under way have
    /// their answers.
    /// </summary>
    public Task CloseAsync()
    {
        Interlocked.Exchange(ref _closed, 1);
        if (Volatile.Read(ref _inFlight) == 0)
        {
            _drained.TrySetResult();
        }

        return _drained.Task;
    }

    internal void Complete(PublishOperation operation)
    {
        _meter.Appended(_time.GetElapsedTime(operation.AppendStartedAt));
        var status = ToPublishStatus(operation.Status);
        var isStored = status is PublishStatus.Ok or PublishStatus.Duplicate;
        var online = _presence.IsOnline(operation.Device, out var lastSeen);
        _meter.Published(status.Name(), (int)status);
        operation.Answer(new PublishReply
        {
            Status = status,
            MessageId = isStored ? operation.MessageId : 0,
            Stream = operation.Stream,
            Seq = operation.Seq,
            QueueDepth = operation.QueueDepth,
            Online = online,
            LastSeenUnixMs = lastSeen,
            Error = Explain(status),
        });

        if (operation.Status == AppendStatus.Stored)
        {
            CrashPoint.Hit(CrashPoint.AfterOk);
            _doorbell.Ring(operation);
        }

        Leave(operation);
        operation.OnFinished(); // it may be another publish from here on
    }

    private string TooLarge(long bytes) => $"The payload has {bytes} bytes; the limit is {_options.PayloadBytesMax}.";

    // Counted as under way.
    private void Proceed(PublishOperation operation, bool? isKnown)
    {
        if (isKnown == true)
        {
            Append(operation);
            return;
        }

        Leave(operation);
        if (isKnown == false)
        {
            Refuse(operation, PublishStatus.UnknownDevice, UnknownDevice);
        }
        else
        {
            Refuse(operation, PublishStatus.StoreUnavailable, "Whether there is such a device cannot be asked for now; nothing was stored. Try again later.");
        }
    }

    private void PublishUnstored(PublishOperation operation, bool? isKnown)
    {
        if (isKnown is null)
        {
            _ = _lookUps.AskAsync(operation.Device); // for the next one: this one does not wait
        }

        if (Volatile.Read(ref _closed) != 0)
        {
            Refuse(operation, PublishStatus.StoreUnavailable, GoingDown);
            return;
        }

        var reply = _unstored.Publish(operation);
        _meter.Published(reply.Status.Name(), (int)reply.Status);
        operation.Answer(in reply);
        operation.OnFinished();
    }

    private static PublishStatus ToPublishStatus(AppendStatus status) => status switch
    {
        AppendStatus.Stored => PublishStatus.Ok,
        AppendStatus.Duplicate => PublishStatus.Duplicate,
        AppendStatus.QueueFull => PublishStatus.QueueFull,
        AppendStatus.Unavailable => PublishStatus.StoreUnavailable,
        _ => PublishStatus.Unknown,
    };

    private static string? Explain(PublishStatus status) => status switch
    {
        PublishStatus.QueueFull => "The device's queue is full; nothing was stored. Try again when the device has taken some messages.",
        PublishStatus.StoreUnavailable => "The store cannot write now; nothing was stored. Try again later.",
        PublishStatus.Unknown => "The message may or may not be stored. Publish it again with the same publisher id to find out.",
        _ => null,
    };

    private PublishStatus Check(PublishOperation operation, ref bool? isKnown, out string? error)
    {
        error = operation.Problem;
        if (error is not null)
        {
            return PublishStatus.BadRequest;
        }

        if (operation.Payload.Length > _options.PayloadBytesMax)
        {
            error = TooLarge(operation.Payload.Length);
            return PublishStatus.TooLarge;
        }

        error = CheckRequest(operation);
        if (error is not null)
        {
            return PublishStatus.BadRequest;
        }

        if (operation.Target == PublishTarget.Device && (isKnown = _directory.Knows(operation.Device)) == false)
        {
            error = UnknownDevice;
            return PublishStatus.UnknownDevice;
        }

        return PublishStatus.Ok;
    }

    private static string? CheckRequest(PublishOperation operation)
    {
        if (!Identifier.IsValid(operation.Device.Tenant))
        {
            return $"The tenant must be 1 to {Identifier.LengthMax} characters of A-Z a-z 0-9 _ -.";
        }

        if (operation.Target == PublishTarget.Device && !Identifier.IsValid(operation.Device.Device))
        {
            return $"The device must be 1 to {Identifier.LengthMax} characters of A-Z a-z 0-9 _ -.";
        }

        if (operation.PublisherId is { } id && !PublisherId.IsValid(id))
        {
            return $"The publisher id must be 1 to {PublisherId.LengthMax} printable ASCII characters without space.";
        }

        if (operation.TtlMs is < 0 or > PublishTtl.Max)
        {
            return "The time to live is out of range: 0 to 366 days.";
        }

        return operation.Qos switch
        {
            0 when operation.PublisherId is not null => "QoS 0 knows no duplicates: leave Pusher-Id and Nats-Msg-Id out, or publish with QoS 1.",
            0 => null,
            1 when operation.Target == PublishTarget.Device => null,
            1 => "To all devices of a tenant this version publishes with QoS 0 only; set Pusher-Qos to 0.",
            _ => "The QoS must be 0 or 1.",
        };
    }

    private string? Overload()
    {
        if (Volatile.Read(ref _closed) != 0)
        {
            return GoingDown;
        }

        return _inFlight > _options.InFlightMax || Volatile.Read(ref _inFlightBytes) > _options.InFlightBytesMax
            ? "Too many publishes are under way; nothing was stored. Try again later."
            : null;
    }

    private void Leave(PublishOperation operation)
    {
        Interlocked.Add(ref _inFlightBytes, -operation.Payload.Length);
        if (Interlocked.Decrement(ref _inFlight) == 0 && Volatile.Read(ref _closed) != 0)
        {
            _drained.TrySetResult();
        }
    }
}
