using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Stores;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>
/// The requests of sessions that have to wait for the store, the routes or the bus. Every one ends in exactly one piece of
/// mail to its session, whatever fails.
/// </summary>
/// <remarks>Threading: started on a reactor, which is never blocked; finished on whatever thread answers.</remarks>
public sealed class SessionRequests(SessionServices services, ReactorMailbox mailbox, ILogger logger)
{
    private static readonly TimeSpan TakeOverTime = TimeSpan.FromSeconds(1);

    /// <summary>Claims the route, joins the directory, then reads the streams, in this order: what is stored after the read rings.</summary>
    public async Task OpenAsync(ConnectionId connection, DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
        var epoch = 0UL;
        try
        {
            if (await services.Routes.ClaimAsync(device, order, CancellationToken.None).ConfigureAwait(false) is not { } claim)
            {
                mailbox.Post(new ReactorMail(ReactorMailKind.Superseded, connection));
                return;
            }

            epoch = claim.Route.Epoch;
            var outcome = services.Directory.Join(device, new SessionHandle(mailbox, connection, epoch, order), out var replaced);
            if (outcome != JoinOutcome.Joined)
            {
                mailbox.Post(new ReactorMail(outcome == JoinOutcome.Superseded ? ReactorMailKind.Superseded : ReactorMailKind.Replaced, connection));
                return;
            }

            if (replaced is { } older)
            {
                await TakeOverAsync(device, older).ConfigureAwait(false);
            }

            var state = await services.Store.OpenAsync(device, seen, CancellationToken.None).ConfigureAwait(false);
            mailbox.Post(new ReactorMail(ReactorMailKind.Opened, connection, new OpenedSession(device, epoch, state)));
        }
        catch (Exception e)
        {
            Report(logger, device, "open", e);
            await LeaveAsync(device, epoch).ConfigureAwait(false);
            mailbox.Post(new ReactorMail(ReactorMailKind.OpenFailed, connection));
        }
    }

    // The older session ends first and what it acknowledged is in the store, so that this one starts exactly behind it. Should its
    // reactor be stuck, waiting longer helps nobody: what is read too early is sent twice and suppressed by the device.
    private async Task TakeOverAsync(DeviceKey device, SessionHandle replaced)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        replaced.Mailbox.Post(new ReactorMail(ReactorMailKind.Replaced, replaced.Connection, ended));
        try
        {
            await ended.Task.WaitAsync(TakeOverTime).ConfigureAwait(false);
            await services.Store.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            SessionLog.TakeOverSlow(logger, device, (int)TakeOverTime.TotalMilliseconds);
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
            Report(logger, device, "release the route", e);
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
            Report(logger, device, "read", e);
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
            Report(logger, device, "give up", e);
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
            Report(logger, device, "tell of a message that was given up", e);
        }
    }

    // A store that is away is an expected failure, said in one line; anything else is a defect and shows where it is.
    private static void Report(ILogger logger, DeviceKey device, string what, Exception e)
    {
        if (e is StoreUnavailableException)
        {
            SessionLog.StoreUnavailable(logger, device, what, e.Message);
        }
        else
        {
            SessionLog.RequestFailed(logger, device, what, e);
        }
    }
}
