using Microsoft.Extensions.Logging;

namespace Pusher.Server;

/// <summary>Everything this project logs. No payload, no key, no token.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(400, LogLevel.Information, "Credentials: {Path} loaded, {Count} devices.")]
    public static partial void CredentialsLoaded(ILogger log, string path, int count);

    [LoggerMessage(401, LogLevel.Information, "Credentials: {Path} has changed, {Count} devices now; {Revoked} were revoked or got another key.")]
    public static partial void CredentialsReloaded(ILogger log, string path, int count, int revoked);

    [LoggerMessage(402, LogLevel.Error, "Credentials: the changed file is not taken over. {Problem} The {Count} devices of before stay.")]
    public static partial void CredentialsKept(ILogger log, string problem, int count);

    [LoggerMessage(403, LogLevel.Warning, "Credentials: others than the owner may write {Path}, and so add devices. chmod go-w it.")]
    public static partial void CredentialsWritableByOthers(ILogger log, string path);

    [LoggerMessage(404, LogLevel.Warning, "Credentials: {Path} cannot be watched ({Cause}); it is polled instead.")]
    public static partial void CredentialsPolled(ILogger log, string path, string cause);

    [LoggerMessage(410, LogLevel.Information, "HTTP listens on {Address}.")]
    public static partial void HttpListens(ILogger log, string address);

    [LoggerMessage(411, LogLevel.Warning, "HTTP asks for no token. Fine on loopback and for development; set http-token-file for anything else.")]
    public static partial void HttpWithoutToken(ILogger log);

    [LoggerMessage(420, LogLevel.Warning, "Not ready: {Reason}.")]
    public static partial void NotReady(ILogger log, string reason);

    [LoggerMessage(421, LogLevel.Information, "Ready: a message to myself went through bus and store.")]
    public static partial void Ready(ILogger log);
}
