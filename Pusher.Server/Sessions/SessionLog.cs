using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>Log lines about sessions. No payload, key or token is ever in one.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(100, LogLevel.Debug, "{Device} logged in from {Remote}, epoch {Epoch}")]
    public static partial void LoggedIn(ILogger logger, DeviceKey device, PeerAddress remote, ulong epoch);

    [LoggerMessage(101, LogLevel.Debug, "{Device} from {Remote} closed: {Reason}")]
    public static partial void Closed(ILogger logger, DeviceKey device, PeerAddress remote, CloseReason reason);

    [LoggerMessage(102, LogLevel.Warning, "{Device}: cannot {What} now: {Cause}. {More} more since the last such line")]
    public static partial void StoreUnavailable(ILogger logger, DeviceKey device, string what, string cause, long more);

    [LoggerMessage(103, LogLevel.Error, "{Device}: cannot {What}")]
    public static partial void RequestFailed(ILogger logger, DeviceKey device, string what, Exception e);

    [LoggerMessage(104, LogLevel.Warning, "{Device}: the store has lost messages; stream {OldStream} is replaced by {NewStream}, {Lost} messages lost in it. {More} more since the last such line")]
    public static partial void StoreLostData(ILogger logger, DeviceKey device, uint oldStream, uint newStream, string lost, long more);

    [LoggerMessage(107, LogLevel.Warning, "{Device}: its older session did not end within {Ms} ms; the newer one goes on without waiting")]
    public static partial void TakeOverSlow(ILogger logger, DeviceKey device, int ms);

    [LoggerMessage(109, LogLevel.Warning, "{Device}: two clients log in with this device's key and throw each other out ({Turns} times in a row); it is refused for a while after each turn. Give each device a name and key of its own")]
    public static partial void Fight(ILogger logger, DeviceKey device, int turns);

    [LoggerMessage(110, LogLevel.Information, "{Sessions} sessions compared with the routes in Redis: {Restored} routes were missing and are there again, {Superseded} sessions ended for newer logins elsewhere; streams read anew: {StoreLost}")]
    public static partial void Recovered(ILogger logger, int sessions, int restored, int superseded, bool storeLost);

    [LoggerMessage(111, LogLevel.Warning, "the sessions cannot be compared with the routes in Redis ({Cause}); tried again")]
    public static partial void RecoveryFailed(ILogger logger, string cause);

    [LoggerMessage(108, LogLevel.Warning, "{Device}: its session ended for a newer one before what it acknowledged was in the store ({Cause}); that may be sent again")]
    public static partial void EvictedUnflushed(ILogger logger, DeviceKey device, string cause);

    [LoggerMessage(106, LogLevel.Warning, "{Device}: message {MessageId} was sent {Attempts} times without an acknowledgement and is given up as dead")]
    public static partial void GivenUp(ILogger logger, DeviceKey device, ulong messageId, int attempts);

    [LoggerMessage(105, LogLevel.Warning, "connections before login are at their limit of {Limit}: new ones are refused as busy (logins-pending-max)")]
    public static partial void LoginsPendingFull(ILogger logger, int limit);
}
