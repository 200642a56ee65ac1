using Pusher.Core.Metrics;
using Pusher.Core.Sessions;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;

namespace Pusher.Server.Sessions;

/// <summary>What all reactors of a node share.</summary>
public sealed record SessionServices(
    SessionOptions Options,
    TimeProvider Time,
    IMessageStore Store,
    IRouteTable Routes,
    SessionDirectory Directory,
    IDeviceCredentials Credentials,
    EventPublisher Events,
    PusherMeter Meter,
    SessionLimits Limits)
{
    /// <summary>What a login means to other nodes.</summary>
    public ITakeover Takeover { get; init; } = new NoTakeover();

    /// <summary>Slows clients that fight for a device; null = none does.</summary>
    public FlapGuard? Flaps { get; init; }
}
