using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;

namespace Pusher.Transport;

/// <summary>All log lines of the transport.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {EndPoint} with {Reactors} reactors.")]
    public static partial void Listening(this ILogger logger, IPEndPoint endPoint, int reactors);

    [LoggerMessage(2, LogLevel.Information, "Stopped accepting on {EndPoint}.")]
    public static partial void StoppedAccepting(this ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(3, LogLevel.Debug, "Connection {Reactor}/{Slot} closed: {Reason}.")]
    public static partial void ConnectionClosed(this ILogger logger, int reactor, int slot, CloseReason reason);

    [LoggerMessage(4, LogLevel.Warning, "Accepting failed on {EndPoint}: {Cause}. Trying again in {DelayMs} ms; further failures are counted and not logged until one accept succeeds.")]
    public static partial void AcceptFailed(this ILogger logger, IPEndPoint endPoint, string cause, int delayMs);

    [LoggerMessage(5, LogLevel.Error, "No file descriptor left: new connections are closed at once. Raise the limit of open files (ulimit -n, LimitNOFILE) above the number of connections, or lower ConnectionsMax.")]
    public static partial void DescriptorsExhausted(this ILogger logger);

    [LoggerMessage(6, LogLevel.Warning, "The limit of {ConnectionsMax} connections is reached: new ones are closed at once. Not logged again until one is accepted.")]
    public static partial void ConnectionLimitReached(this ILogger logger, int connectionsMax);

    [LoggerMessage(7, LogLevel.Critical, "Reactor {Reactor} died.")]
    public static partial void LoopDied(this ILogger logger, int reactor, Exception exception);

    [LoggerMessage(8, LogLevel.Critical, "The listener on {EndPoint} died.")]
    public static partial void ListenerDied(this ILogger logger, IPEndPoint endPoint, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "Socket option {Option} could not be set: {Cause}. Going on without it.")]
    public static partial void OptionNotSet(this ILogger logger, string option, string cause);

    [LoggerMessage(10, LogLevel.Debug, "Connecting failed on {Reactor}/{Slot}: {Cause}.")]
    public static partial void ConnectFailed(this ILogger logger, int reactor, int slot, string cause);

    [LoggerMessage(11, LogLevel.Error, "The kernel refused to watch a connection: {Cause}. It is closed. Raise fs.epoll.max_user_watches.")]
    public static partial void NotWatched(this ILogger logger, string cause);
}
