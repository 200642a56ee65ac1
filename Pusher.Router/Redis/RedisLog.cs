using Microsoft.Extensions.Logging;

namespace Pusher.Router.Redis;

/// <summary>The log lines about Redis itself; none per command.</summary>
internal static partial class RedisLog
{
    [LoggerMessage(1101, LogLevel.Warning, "Redis {Server}: the connection is lost ({Reason}); publishes are refused until it is back")]
    public static partial void Lost(ILogger logger, string server, string reason);

    [LoggerMessage(1102, LogLevel.Information, "Redis {Server}: connected again")]
    public static partial void Restored(ILogger logger, string server);

    [LoggerMessage(1103, LogLevel.Warning, "Redis {Server} may lose what was answered OK: {Reasons}; started all the same because of accept-weak-durability")]
    public static partial void WeakDurability(ILogger logger, string server, string reasons);

    [LoggerMessage(1104, LogLevel.Information, "Message store in Redis {Server}: incarnation {Incarnation}, schema {Version}, cluster {IsCluster}")]
    public static partial void StoreOpened(ILogger logger, string server, ulong incarnation, int version, bool isCluster);

    [LoggerMessage(1105, LogLevel.Error, "Redis {Server} has lost data, or may have ({Proof}): incarnation {Old} is over, {New} begins; every device gets a new stream, accepted messages may be missing")]
    public static partial void DataLost(ILogger logger, string server, string proof, ulong old, ulong @new);

    [LoggerMessage(1106, LogLevel.Error, "Redis {Server}: a script with {Requests} requests failed ({Cause}); its appends are answered {Answer}")]
    public static partial void BatchFailed(ILogger logger, string server, int requests, string cause, Stores.AppendStatus answer);

    [LoggerMessage(1107, LogLevel.Error, "The lease of node {Node} has run out in Redis {Server}: its routes are void until it is renewed")]
    public static partial void LeaseLost(ILogger logger, string node, string server);

    [LoggerMessage(1108, LogLevel.Information, "The lease of node {Node} holds: incarnation {Incarnation}, node number {Number}")]
    public static partial void LeaseTaken(ILogger logger, string node, ulong incarnation, int number);

    [LoggerMessage(1109, LogLevel.Warning, "The lease of node {Node} cannot be renewed: {Cause}")]
    public static partial void RenewFailed(ILogger logger, string node, string cause);

    [LoggerMessage(1110, LogLevel.Error, "Node {Node} has no lease any more and ends: {Reason}")]
    public static partial void Displaced(ILogger logger, string node, string reason);

    [LoggerMessage(1112, LogLevel.Error, "the clocks of this machine and of Redis {Server} are {SkewMs} ms apart: messages expire too early or too late, and beyond 5 s this node could not start again; set them by NTP")]
    public static partial void ClocksApart(ILogger logger, string server, long skewMs);

    [LoggerMessage(1113, LogLevel.Information, "the clocks of this machine and of Redis {Server} agree again")]
    public static partial void ClocksAgree(ILogger logger, string server);

    [LoggerMessage(1114, LogLevel.Debug, "Redis {Server} does not say who this connection is; taken for '{User}'")]
    public static partial void UserUnknown(ILogger logger, string server, string user);

    [LoggerMessage(1111, LogLevel.Warning, "Redis {Server}: it cannot be seen whether the store is whole ({Cause})")]
    public static partial void WatchFailed(ILogger logger, string server, string cause);

    [LoggerMessage(1115, LogLevel.Error, "Redis {Server}: whoever was told what became of a message failed; the next ones are told all the same")]
    public static partial void AnswerFailed(ILogger logger, string server, Exception exception);
}
