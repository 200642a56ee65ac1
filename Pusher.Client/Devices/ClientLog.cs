using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;

namespace Pusher.Client;

/// <summary>All log lines of the client. Never a payload, never a key.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "{Device} is online at {Address} (node {Node}, epoch {Epoch})")]
    public static partial void Online(ILogger logger, string device, string? address, string node, ulong epoch);

    [LoggerMessage(2, LogLevel.Information, "{Device} lost {Address}: {Reason} ({Text}); next try in {RetryInMs} ms")]
    public static partial void Waiting(ILogger logger, string device, string? address, CloseReason reason, string text, long retryInMs);

    [LoggerMessage(3, LogLevel.Warning, "{Device} stays away: {Reason} ({Text})")]
    public static partial void Halted(ILogger logger, string device, CloseReason reason, string text);

    [LoggerMessage(4, LogLevel.Warning, "{Device}: the server lost data; stream {OldStream} became {NewStream}, {Lost} messages lost (4294967295 = not known)")]
    public static partial void StreamReset(ILogger logger, string device, uint oldStream, uint newStream, uint lost);

    [LoggerMessage(5, LogLevel.Warning, "{Device}: the handler failed on message {MessageId}, attempt {Attempt} of {Attempts}")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string device, ulong messageId, int attempt, int attempts);

    [LoggerMessage(6, LogLevel.Error, "{Device}: the ring file can no longer be written; going on in memory, a restart may hand messages over twice")]
    public static partial void RingFailed(ILogger logger, Exception exception, string device);

    [LoggerMessage(7, LogLevel.Warning, "{Device}: the handler did not return within the stop time; its message will be sent again")]
    public static partial void HandlerAbandoned(ILogger logger, string device);

    [LoggerMessage(8, LogLevel.Error, "{Device}: a listener to state changes failed")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string device);

    [LoggerMessage(9, LogLevel.Debug, "{Device}: connection to {Address} ended: {Failure}")]
    public static partial void ConnectionEnded(ILogger logger, string device, string? address, string failure);
}
