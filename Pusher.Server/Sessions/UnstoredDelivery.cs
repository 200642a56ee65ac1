using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Router.Dispatch;

namespace Pusher.Server.Sessions;

/// <summary>Posts QoS 0 messages to the reactors: one mail for a device, one per reactor that has devices of the tenant for a fan-out.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class UnstoredDelivery(SessionDirectory directory, PusherMeter meter) : IUnstoredDelivery
{
    private ReactorMailbox[] _mailboxes = [];

    /// <summary>The reactors' mailboxes by <see cref="Transport.IReactor.Index"/>. Before, nobody is online.</summary>
    public void Attach(ReactorMailbox[] mailboxes) => Volatile.Write(ref _mailboxes, mailboxes);

    /// <inheritdoc/>
    public UnstoredReach ToDevice(DeviceKey device, in FrameLease frame)
    {
        if (!directory.TryFind(device, out var session))
        {
            meter.UnstoredDropped(UnstoredDrop.Offline, 1);
            return default;
        }

        var mail = ReactorMail.Unstored(ReactorMailKind.Unstored, session.Connection, in frame, devices: 1, tenant: 0);
        return Post(session.Mailbox, in mail) ? new UnstoredReach(1, 0) : new UnstoredReach(0, 1);
    }

    /// <inheritdoc/>
    public UnstoredReach ToTenant(string tenant, in FrameLease frame)
    {
        if (!directory.Tenants.TryFind(tenant, out var members))
        {
            return default;
        }

        var reach = default(UnstoredReach);
        var mailboxes = Volatile.Read(ref _mailboxes);
        for (var i = 0; i < mailboxes.Length; i++)
        {
            if (members.OnlineOn(i) is > 0 and var devices)
            {
                var mail = ReactorMail.Unstored(ReactorMailKind.FanOut, default, in frame, devices, members.Index);
                reach = Post(mailboxes[i], in mail)
                    ? reach with { Reached = reach.Reached + devices }
                    : reach with { Overloaded = reach.Overloaded + devices };
            }
        }

        return reach;
    }

    private bool Post(ReactorMailbox mailbox, in ReactorMail mail)
    {
        mail.Frame.AddReference(); // the reactor's; it may release it before this returns
        if (mailbox.TryPostUnstored(in mail))
        {
            return true;
        }

        mail.Frame.Release();
        meter.UnstoredDropped(UnstoredDrop.Overload, mail.Devices);
        return false;
    }
}
