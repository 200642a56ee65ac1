using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Routes;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>
/// One device's way from a right proof to WELCOME: claims the route, joins the directory, then reads the streams, in this order: what is stored
/// after the read rings. Ends in exactly one piece of mail, whatever fails, whose body it is; the reactor uses it again, so that a login leaves
/// nothing for the collector (an async method would leave its state, a delegate and a task).
/// </summary>
/// <remarks>Threading: begun on a reactor, which is never blocked; goes on, one step at a time, on whatever thread answers.</remarks>
internal sealed class DeviceOpening
{
    private readonly SessionServices _services;
    private readonly SessionRequests _requests;
    private readonly ReactorMailbox _mailbox;
    private readonly ILogger _logger;
    private readonly Action _onClaimed;
    private readonly Action _onRead;
    private ConfiguredValueTaskAwaitable<RouteClaim?>.ConfiguredValueTaskAwaiter _claiming;
    private ConfiguredValueTaskAwaitable<DeviceOpened>.ConfiguredValueTaskAwaiter _reading;
    private ConnectionId _connection;
    private ReadOnlyMemory<StreamPosition> _seen;
    private LoginOrder _order;

    public DeviceOpening(SessionServices services, SessionRequests requests, ReactorMailbox mailbox, ILogger logger)
    {
        _services = services;
        _requests = requests;
        _mailbox = mailbox;
        _logger = logger;
        _onClaimed = OnClaimed;
        _onRead = OnRead;
    }

    public DeviceKey Device { get; private set; }

    /// <summary>The session epoch; 0 until the route is claimed.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>What was read; there with <see cref="ReactorMailKind.Opened"/> only.</summary>
    public DeviceOpened State { get; private set; } = DeviceOpened.Nothing;

    public void Begin(ConnectionId connection, DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
        _connection = connection;
        Device = device;
        _seen = seen;
        _order = order;
        if (_services.Flaps?.DelayMs(device) is > 0 and var delayMs)
        {
            End(ReactorMailKind.RateLimited, delayMs);
            return;
        }

        try
        {
#pragma warning disable CA2012 // its awaiter is used once: no task per login
            _claiming = _services.Routes.ClaimAsync(device, order, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception e)
        {
            _ = FailAsync(e);
            return;
        }

        if (_claiming.IsCompleted)
        {
            OnClaimed();
        }
        else
        {
            _claiming.UnsafeOnCompleted(_onClaimed);
        }
    }

    /// <summary>Lets go of what it refers to; it can begin again.</summary>
    public void Clear()
    {
        _claiming = default;
        _reading = default;
        _seen = default;
        Device = default;
        Epoch = 0;
        State = DeviceOpened.Nothing;
    }

    private void OnClaimed()
    {
        SessionHandle? replaced;
        ValueTask telling;
        try
        {
            if (_claiming.GetResult() is not { } claim)
            {
                End(ReactorMailKind.Superseded);
                return;
            }

            Epoch = claim.Route.Epoch;
            var outcome = _services.Directory.Join(Device, new SessionHandle(_mailbox, _connection, Epoch, _order), out replaced);
            if (outcome != JoinOutcome.Joined)
            {
                _ = _requests.LeaveAsync(Device, Epoch); // else its route would outlive it, and end the session that holds the device as replaced
                End(outcome == JoinOutcome.Superseded ? ReactorMailKind.Superseded : ReactorMailKind.Replaced);
                return;
            }

            if (_services.Takeover.IsFenced(Device, Epoch))
            {
                _ = _requests.LeaveAsync(Device, Epoch);
                End(ReactorMailKind.Replaced);
                return;
            }

            if (claim.Replaced is { } loser)
            {
                _services.Flaps?.TookOver(Device, claim.Route, in loser);
            }

            telling = _services.Takeover.ClaimedAsync(Device, claim);
        }
        catch (Exception e)
        {
            _ = FailAsync(e);
            return;
        }

        if (replaced is not null || !telling.IsCompletedSuccessfully)
        {
            _ = TakeOverAsync(replaced, telling);
        }
        else
        {
            Read();
        }
    }

    // The older session ends first, wherever it is, and what it acknowledged is in the store, so that this one starts exactly behind it.
    private async Task TakeOverAsync(SessionHandle? here, ValueTask elsewhere)
    {
        try
        {
            if (here is { } older)
            {
                await _requests.Eviction.EndAsync(Device, older).ConfigureAwait(false);
            }

            await elsewhere.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await FailAsync(e).ConfigureAwait(false);
            return;
        }

        Read();
    }

    private void Read()
    {
        try
        {
#pragma warning disable CA2012 // its awaiter is used once: no task per login
            _reading = _services.Store.OpenAsync(Device, _seen, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception e)
        {
            _ = FailAsync(e);
            return;
        }

        if (_reading.IsCompleted)
        {
            OnRead();
        }
        else
        {
            _reading.UnsafeOnCompleted(_onRead);
        }
    }

    private void OnRead()
    {
        try
        {
            State = _reading.GetResult();
        }
        catch (Exception e)
        {
            _ = FailAsync(e);
            return;
        }

        End(ReactorMailKind.Opened);
    }

    private async Task FailAsync(Exception e)
    {
        _requests.Report(Device, "open", e);
        if (Epoch != 0)
        {
            await _requests.LeaveAsync(Device, Epoch).ConfigureAwait(false); // unclaimed there is nothing to give back, and a store that is away would be waited for once more
        }

        End(ReactorMailKind.OpenFailed);
    }

    // From here on it is the reactor's.
    private void End(ReactorMailKind kind, uint number = 0) => _mailbox.Post(new ReactorMail(kind, _connection, this, number));
}
