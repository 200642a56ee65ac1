using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;

namespace Pusher.Router.Stores;

/// <summary>The log lines of the message stores; none per message.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1001, LogLevel.Information, "Message store {Path} open: incarnation {Incarnation}, schema {Version}")]
    public static partial void Opened(ILogger logger, string path, ulong incarnation, int version);

    [LoggerMessage(1002, LogLevel.Warning, "Device {Device} proves that the store lost data: stream {OldStream} is replaced by {NewStream}, {Lost} messages lost (4294967295 = not known)")]
    public static partial void StreamReset(ILogger logger, DeviceKey device, uint oldStream, uint newStream, uint lost);

    [LoggerMessage(1003, LogLevel.Error, "Message store {Path}: a transaction of {Requests} requests failed and was undone; appends in it are answered {Answer}")]
    public static partial void BatchFailed(ILogger logger, Exception exception, string path, int requests, AppendStatus answer);

    [LoggerMessage(1004, LogLevel.Error, "Message store {Path}: less than {ReserveBytes} bytes are free, new messages are refused until there is room; deliveries go on")]
    public static partial void NoRoom(ILogger logger, string path, long reserveBytes);

    [LoggerMessage(1005, LogLevel.Information, "Message store {Path}: there is room again, new messages are accepted")]
    public static partial void RoomAgain(ILogger logger, string path);

    [LoggerMessage(1006, LogLevel.Warning, "Message store {Path}: the write-ahead log could not be copied into the database; it grows until the next attempt succeeds")]
    public static partial void CheckpointFailed(ILogger logger, Exception exception, string path);

    [LoggerMessage(1008, LogLevel.Warning, "Message store: the free space of {Directory} cannot be read")]
    public static partial void SpaceUnknown(ILogger logger, Exception exception, string directory);

    [LoggerMessage(1007, LogLevel.Information, "Message store {Path} closed")]
    public static partial void Closed(ILogger logger, string path);
}
