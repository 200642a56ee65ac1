using System.Buffers;
using System.Security.Cryptography;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>Carries out what the session of the current connection asks for. One per reactor.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class SessionPort(SessionServices services, SessionRequests requests) : ISessionActions
{
    private readonly List<(ulong EventId, EventStatus Status)> _eventAnswers = [];
    private IReactor? _reactor;
    private DeviceSession? _session;
    private ConnectionId _connection;
    private bool _credentialWanted;

    /// <inheritdoc/>
    public IBufferWriter<byte> Output => _reactor!.Output(_connection);

    /// <summary>Something was pushed since the flag was last taken down.</summary>
    public bool HasPushed { get; set; }

    /// <summary>The last <see cref="TrySend"/> found too much waiting for the device.</summary>
    public bool IsBacklogged { get; private set; }

    public void Attach(IReactor reactor) => _reactor = reactor;

    /// <summary>Everything asked for until the next call is for this session.</summary>
    public void Select(DeviceSession session, ConnectionId connection)
    {
        _session = session;
        _connection = connection;
    }

    /// <summary>Answers what can be answered at once; call after each event, outside of the session.</summary>
    public void Answer()
    {
        if (_credentialWanted)
        {
            _credentialWanted = false;
            Span<byte> key = stackalloc byte[32];
            var known = services.Credentials.TryGetStoredKey(_session!.Device, key);
            if (!known)
            {
                RandomNumberGenerator.Fill(key);
            }

            _session.OnCredential(key, known, this);
        }

        foreach (var (eventId, status) in _eventAnswers)
        {
            _session!.OnEventPublished(eventId, status, this);
        }

        _eventAnswers.Clear();
    }

    /// <inheritdoc/>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        // Gathered: a burst to one device leaves in one send, and copying the odd message costs a hundredth of a system call.
        if (_reactor!.OutputBacklogBytes(_connection) == 0)
        {
            Output.Write(frame); // those that follow go behind it
            return true;
        }

        var outcome = _reactor.TrySend(_connection, frame, services.Limits.UnstoredBacklogBytesMax);
        IsBacklogged = outcome == SendOutcome.Backlogged;
        return outcome == SendOutcome.Taken;
    }

    /// <inheritdoc/>
    public void FillNonce(Span<byte> nonce) => RandomNumberGenerator.Fill(nonce);

    /// <inheritdoc/>
    public DeviceKey Intern(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device) => services.Credentials.Intern(tenant, device);

    /// <inheritdoc/>
    public void LookUpCredential(DeviceKey device) => _credentialWanted = true;

    /// <inheritdoc/>
    public bool LookUpCredentialAgain(DeviceKey device)
    {
        if (services.Credentials.MustAsk)
        {
            _ = requests.AskCredentialAsync(_connection, device);
        }

        return services.Credentials.MustAsk;
    }

    /// <inheritdoc/>
    public void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
        => requests.Open(_connection, device, seen, order);

    /// <inheritdoc/>
    public void Reopen(ReadOnlyMemory<StreamPosition> acknowledged)
        => _ = requests.ReopenAsync(_connection, _session!.Device, acknowledged);

    /// <inheritdoc/>
    public void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax)
        => _ = requests.ReadAsync(_connection, _session!.Device, stream, afterSeq, messagesMax, bytesMax);

    /// <inheritdoc/>
    public void Acknowledge(uint stream, ulong seq)
    {
        services.Meter.Acknowledged(1);
        services.Store.Acknowledge(_session!.Device, stream, seq);
    }

    /// <inheritdoc/>
    public void RecordDone(ulong messageId, DeliveryResult result, string? text)
    {
        services.Store.RecordDone(_session!.Device, messageId, result, text);
        services.Events.Receipt(_session.Device, messageId, result, text);
    }

    /// <inheritdoc/>
    public void RecordAttempts(uint stream, ulong seq, int attempts)
        => services.Store.RecordAttempts(_session!.Device, stream, seq, attempts);

    /// <inheritdoc/>
    public void GiveUp(uint stream, ulong seq)
        => _ = requests.GiveUpAsync(_connection, _session!.Device, stream, seq);

    /// <inheritdoc/>
    public void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload)
    {
        var status = services.Events.Up(_session!.Device, eventId, name, payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray());
        _eventAnswers.Add((eventId, status)); // as many as one read holds; written with it, so that unread answers stop the reading
    }

    /// <inheritdoc/>
    public void Close(CloseReason reason) => _reactor!.Close(_connection, reason);

    /// <inheritdoc/>
    public void OnPushed(bool redelivery)
    {
        services.Meter.Pushed(1, redelivery ? 1 : 0);
        HasPushed = true;
    }
}
