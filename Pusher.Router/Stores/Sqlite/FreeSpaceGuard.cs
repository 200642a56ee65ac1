using System.Diagnostics;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Says whether there is room for more than acknowledgements. Asking the file system costs a microsecond or two, so it is asked ten times
/// a second and after every megabyte. The file never shrinks, so pages that acknowledgements have freed inside it count as
/// well, but for no more than half of the reserve: to use them the write-ahead log needs room outside.
/// </summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class FreeSpaceGuard(SqliteStoreOptions options, WriteSession session)
{
    private const long RecheckBytes = 1 << 20;
    private static readonly TimeSpan RecheckAfter = TimeSpan.FromMilliseconds(100);

    private readonly DriveInfo _drive = new(Path.GetFullPath(options.DataDirectory));
    private long _askedAt;
    private long _bytesSince;
    private bool _hasRoom;

    /// <summary>True when appends may go on. <paramref name="bytes"/> is what they are about to add.</summary>
    public bool HasRoom(long bytes)
    {
        _bytesSince += bytes;
        if (_askedAt == 0 || _bytesSince >= RecheckBytes || Stopwatch.GetElapsedTime(_askedAt) >= RecheckAfter)
        {
            var free = _drive.AvailableFreeSpace - bytes;
            _hasRoom = free >= options.FreeSpaceReserveBytes
                || (free >= options.FreeSpaceReserveBytes / 2 && free + session.FreeBytesInside >= options.FreeSpaceReserveBytes);
            _askedAt = Stopwatch.GetTimestamp();
            _bytesSince = 0;
        }

        return _hasRoom;
    }

    /// <summary>The same, after something was done about it.</summary>
    public bool AskAgain(long bytes)
    {
        _askedAt = 0;
        _bytesSince -= bytes;
        return HasRoom(bytes);
    }
}
