using System.Diagnostics;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Says whether there is room for more than acknowledgements. Asking the file system costs a microsecond or two, so it is asked ten times
/// a second and after every megabyte.
/// </summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class FreeSpaceGuard(SqliteStoreOptions options)
{
    private const long RecheckBytes = 1 << 20;
    private static readonly TimeSpan RecheckAfter = TimeSpan.FromMilliseconds(100);

    private long _askedAt;
    private long _bytesSince;
    private bool _hasRoom;

    /// <summary>True when appends may go on. <paramref name="bytes"/> is what they are about to add.</summary>
    public bool HasRoom(long bytes)
    {
        _bytesSince += bytes;
        if (_askedAt == 0 || _bytesSince >= RecheckBytes || Stopwatch.GetElapsedTime(_askedAt) >= RecheckAfter)
        {
            _hasRoom = new DriveInfo(Path.GetFullPath(options.DataDirectory)).AvailableFreeSpace - bytes >= options.FreeSpaceReserveBytes;
            _askedAt = Stopwatch.GetTimestamp();
            _bytesSince = 0;
        }

        return _hasRoom;
    }
}
