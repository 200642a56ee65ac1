using Microsoft.Extensions.Logging;

namespace Pusher.Router;

/// <summary>Everything this project logs. No payload, no key, no token.</summary>
internal static partial class RouterLog
{
    [LoggerMessage(200, LogLevel.Information, "NATS at {Url} connected.")]
    public static partial void NatsConnected(ILogger log, string url);

    [LoggerMessage(201, LogLevel.Warning, "NATS at {Url} is gone; connecting again by itself. Stored messages reach their devices meanwhile.")]
    public static partial void NatsDisconnected(ILogger log, string url);

    [LoggerMessage(202, LogLevel.Warning, "NATS at {Url} cannot be reached ({Cause}). Publishing over NATS starts when it appears; everything else runs.")]
    public static partial void NatsNotReachable(ILogger log, string url, string cause);

    [LoggerMessage(208, LogLevel.Warning, "NATS at {Url} refuses the user, password or token ({Cause}); check nats-user, nats-password-file and nats-token-file. It is tried again; nothing is published over NATS until then.")]
    public static partial void NatsRefusesUser(ILogger log, string url, string cause);

    [LoggerMessage(203, LogLevel.Debug, "NATS at {Url} cannot be reached, attempt {Attempt} ({Cause}).")]
    public static partial void NatsStillNotReachable(ILogger log, string url, int attempt, string cause);

    [LoggerMessage(204, LogLevel.Error, "NATS at {Url} refuses what this node needs: {Error}. Grant it to the node's user in the configuration of nats-server.")]
    public static partial void NatsPermissionDenied(ILogger log, string url, string error);

    [LoggerMessage(205, LogLevel.Warning, "NATS at {Url} reports: {Error}.")]
    public static partial void NatsServerError(ILogger log, string url, string error);

    [LoggerMessage(206, LogLevel.Warning, "Subscribing to {Subject} did not work ({Cause}); it is done again at the next connection.")]
    public static partial void NatsSubscribeFailed(ILogger log, string subject, string cause);

    [LoggerMessage(207, LogLevel.Error, "The handler of {Subject} failed on a message; the message is lost to it.")]
    public static partial void BusHandlerFailed(ILogger log, string subject, Exception exception);

    [LoggerMessage(220, LogLevel.Debug, "A publish asked for its answer on a wildcard, on a subject below {Reserved} or on one of nats-server; it gets none.")]
    public static partial void ReplySubjectRefused(ILogger log, string reserved);

    [LoggerMessage(221, LogLevel.Debug, "Sending to {Subject} failed ({Cause}).")]
    public static partial void SendFailed(ILogger log, string subject, string cause);

    [LoggerMessage(225, LogLevel.Error, "Sending to {Subject} failed in a way nobody planned for; the message is lost, the next one is sent all the same.")]
    public static partial void SendDefect(ILogger log, string subject, Exception exception);

    [LoggerMessage(222, LogLevel.Warning, "The sweep cannot read the store ({Cause}); it goes on trying.")]
    public static partial void SweepFailed(ILogger log, string cause);

    [LoggerMessage(223, LogLevel.Information, "The sweep reads the store again.")]
    public static partial void SweepRecovered(ILogger log);

    [LoggerMessage(224, LogLevel.Error, "A turn of the sweep failed; the next one is tried all the same.")]
    public static partial void SweepTurnFailed(ILogger log, Exception exception);
}
