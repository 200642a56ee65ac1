using Microsoft.Extensions.Logging;
using Pusher.Router.Faults;

namespace Pusher.Server.Hosting;

/// <summary>Log lines about the node as a whole.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "node {Node} serves devices on {Listen} and HTTP on {Http}; store {Store}, bus {Bus}, {Devices}")]
    public static partial void Started(ILogger logger, string node, string listen, string http, string store, string bus, string devices);

    [LoggerMessage(2, LogLevel.Information, "draining: {Sessions} devices are told to come back within {DrainMs} ms")]
    public static partial void Draining(ILogger logger, int sessions, int drainMs);

    [LoggerMessage(3, LogLevel.Warning, "drain did not finish in {DrainMs} ms, {Connections} connections are cut; nothing accepted is lost, they resume at the next login")]
    public static partial void DrainTimedOut(ILogger logger, int drainMs, long connections);

    [LoggerMessage(10, LogLevel.Warning, "drain: the store does not answer ({Cause}); nothing accepted is lost, what was not acknowledged in the store is sent again")]
    public static partial void DrainWithoutStore(ILogger logger, string cause);

    [LoggerMessage(11, LogLevel.Warning, "drain: the other nodes cannot be told ({Cause}); they see it when this node's lease has ended")]
    public static partial void DrainUntold(ILogger logger, string cause);

    [LoggerMessage(4, LogLevel.Information, "stopped (drained: {Drained})")]
    public static partial void Stopped(ILogger logger, bool drained);

    [LoggerMessage(5, LogLevel.Critical, "broken on purpose: {Breakage}. Messages WILL be lost or repeated")]
    public static partial void Broken(ILogger logger, Breakage breakage);

    [LoggerMessage(8, LogLevel.Critical, "armed to kill itself at a crash point; this is for tests only")]
    public static partial void WillCrash(ILogger logger);

    [LoggerMessage(9, LogLevel.Information, "the limit of open files is {Files}: at most {Connections} of connections-max {ConnectionsMax} are taken; raise it (ulimit -n, LimitNOFILE) for more")]
    public static partial void FileLimit(ILogger logger, long files, int connections, int connectionsMax);

    [LoggerMessage(6, LogLevel.Information, "key of {Device} was revoked or changed: its session is closed")]
    public static partial void KeyRevoked(ILogger logger, string device);

    [LoggerMessage(7, LogLevel.Warning, "credentials file {File} is empty: no device can log in until 'pusher keys add' has added one")]
    public static partial void NoDevices(ILogger logger, string file);
}
