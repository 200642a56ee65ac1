using System.Net;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols;

/// <summary>What a protocol tells the engine of a device.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal interface IDeviceEvents
{
    /// <summary>It is logged in and subscribed: what is published from now on reaches it.</summary>
    /// <param name="index">The device, by its place in the engine.</param>
    /// <param name="heartbeatMs">Between signs of life, in milliseconds; 0 = none are due.</param>
    void LoggedIn(int index, uint heartbeatMs);

    /// <summary>The server changed the time between signs of life.</summary>
    void HeartbeatChanged(int index, uint heartbeatMs);

    /// <summary>The server will not have it, or not any more, and closes.</summary>
    /// <param name="index">The device, by its place in the engine.</param>
    /// <param name="reason">Why.</param>
    /// <param name="text">What the server says about it, for people.</param>
    /// <param name="retryAfterMs">How long to stay away.</param>
    /// <param name="elsewhere">Where to go once instead; null = nowhere else.</param>
    void TurnedAway(int index, CloseReason reason, string text, uint retryAfterMs, IPEndPoint? elsewhere = null);
}
