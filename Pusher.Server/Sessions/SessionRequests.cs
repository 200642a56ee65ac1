using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Logging;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>
/// The requests of sessions that have to wait for the store, the routes or the bus. Every one ends in exactly one piece of
/// mail to its session, whatever fails.
/// </summary>
/// <remarks>Threading: begun on a reactor, which is never blocked; finished on whatever thread answers.</remarks>
internal sealed class SessionRequests(SessionServices services, ReactorMailbox mailbox, ILogger logger)
{
    // More logins under way at one time than this leave garbage; each costs some 450 bytes.
    private const int SpareOpeningsMax = 256;

    private static readonly TimeSpan ReopenPause = TimeSpan.FromSeconds(1);

    private readonly Stack<DeviceOpening> _spareOpenings = new();
    private readonly LogPace _unavailable = new(services.Time, TimeSpan.FromSeconds(10), linesMax: 10);

    /// <summary>Ends the session that a login replaces.</summary>
    public SessionEviction Eviction { get; } = new(services.Directory, services.Store, logger);

    /// <summary>
    /// Makes the device's session its own: answered by <see cref="ReactorMailKind.Opened"/>, <see cref="ReactorMailKind.OpenFailed"/>,
    /// <see cref="ReactorMailKind.Superseded"/>, <see cref="ReactorMailKind.RateLimited"/> or <see cref="ReactorMailKind.Replaced"/>, each with a <see cref="DeviceOpening"/> to be given back. On the reactor's thread.
    /// </summary>
    public void Open(ConnectionId connection, DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
        var opening = _spareOpenings.TryPop(out var spare) ? spare : new DeviceOpening(services, this, mailbox, logger);
        opening.Begin(connection, device, seen, order);
    }

    /// <summary>Asks for a device's key where it is kept. Answered by <see cref="ReactorMailKind.Credential"/>.</summary>
    public async Task AskCredentialAsync(ConnectionId connection, DeviceKey device)
    {
        CredentialAnswer answer;
        try
        {
            answer = await services.Credentials.AskAsync(device).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report(device, "ask for its key", e);
            answer = new CredentialAnswer(null, IsCurrent: false);
        }

        mailbox.Post(new ReactorMail(ReactorMailKind.Credential, connection, answer));
    }

    /// <summary>The mail of an opening was read: it may be used again. On the reactor's thread.</summary>
    public void GiveBack(DeviceOpening opening)
    {
        opening.Clear();
        if (_spareOpenings.Count < SpareOpeningsMax)
        {
            _spareOpenings.Push(opening);
        }
    }

    /// <summary>Takes the device off the directory and the route table, unless a newer login has it.</summary>
    public async Task LeaveAsync(DeviceKey device, ulong epoch)
    {
        services.Directory.Leave(device, epoch);
        try
        {
            await services.Routes.ReleaseAsync(device, epoch, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report(device, "release the route", e);
        }
    }

    /// <summary>Reads the streams of a session that is live, after the store has lost data. Answered by <see cref="ReactorMailKind.Reopened"/>, or a while later by <see cref="ReactorMailKind.StoreLost"/>: once more.</summary>
    public async Task ReopenAsync(ConnectionId connection, DeviceKey device, ReadOnlyMemory<StreamPosition> acknowledged)
    {
        try
        {
            var opened = await services.Store.OpenAsync(device, acknowledged, CancellationToken.None).ConfigureAwait(false);
            mailbox.Post(new ReactorMail(ReactorMailKind.Reopened, connection, opened));
        }
        catch (Exception e)
        {
            Report(device, "open again", e);
            await Task.Delay(ReopenPause).ConfigureAwait(false);
            mailbox.Post(new ReactorMail(ReactorMailKind.StoreLost, connection)); // ends when the store answers, or with the session
        }
    }

    public async Task ReadAsync(ConnectionId connection, DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
        try
        {
            var page = await services.Store.ReadAsync(device, stream, afterSeq, messagesMax, bytesMax, CancellationToken.None).ConfigureAwait(false);
            mailbox.Post(new ReactorMail(ReactorMailKind.Page, connection, page));
        }
        catch (Exception e)
        {
            Report(device, "read", e);
            mailbox.Post(new ReactorMail(ReactorMailKind.ReadFailed, connection, null, 0, stream));
        }
    }

    public async Task GiveUpAsync(ConnectionId connection, DeviceKey device, uint stream, ulong seq)
    {
        ulong? messageId;
        try
        {
            messageId = await services.Store.GiveUpAsync(device, stream, seq, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report(device, "give up", e);
            mailbox.Post(new ReactorMail(ReactorMailKind.ReadFailed, connection, null, 0, stream));
            return;
        }

        mailbox.Post(new ReactorMail(ReactorMailKind.GivenUp, connection, null, 0, stream));
        if (messageId is { } id)
        {
            await TellGivenUpAsync(device, id).ConfigureAwait(false);
        }
    }

    private async Task TellGivenUpAsync(DeviceKey device, ulong messageId)
    {
        try
        {
            if (await services.Store.FindAsync(device.Tenant, messageId, CancellationToken.None).ConfigureAwait(false) is { } status)
            {
                SessionLog.GivenUp(logger, device, messageId, status.Attempts);
                services.Events.Ended(status);
            }
        }
        catch (Exception e)
        {
            Report(device, "tell of a message that was given up", e);
        }
    }

    /// <summary>A store that is away is an expected failure, said in one line and not for every device; anything else is a defect and shows where it is.</summary>
    public void Report(DeviceKey device, string what, Exception e)
    {
        if (e is StoreUnavailableException)
        {
            if (_unavailable.TryTell(out var more))
            {
                SessionLog.StoreUnavailable(logger, device, what, e.Message, more);
            }
        }
        else
        {
            SessionLog.RequestFailed(logger, device, what, e);
        }
    }
}
