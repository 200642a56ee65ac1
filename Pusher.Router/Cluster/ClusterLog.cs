using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The log lines of the talk between nodes; none per message.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(1201, LogLevel.Debug, "{Device}: its route cannot be looked up ({Cause}); the sweeper rings later")]
    public static partial void LookUpFailed(ILogger logger, DeviceKey device, string cause);

    [LoggerMessage(1202, LogLevel.Warning, "{Device}: node {Node} does not answer that the session there has ended; the new one goes on, and the old one is fenced by its epoch. {More} more since the last such line")]
    public static partial void KickUnanswered(ILogger logger, DeviceKey device, string node, long more);

    [LoggerMessage(1203, LogLevel.Debug, "Where the devices of {Groups} groups are cannot be written ({Cause}); it is tried again")]
    public static partial void GroupsNotWritten(ILogger logger, int groups, string cause);
}
