using Microsoft.Extensions.Logging;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;

namespace Pusher.Server.Credentials;

/// <summary>
/// The devices and their keys, from a file that may change while the server runs. A change that cannot be read keeps what was there: a typing
/// error must not lock out every device, nor let one in.
/// </summary>
/// <remarks>
/// Threading: lookups from any thread, without a lock, on a table that is replaced as a whole. Reloads are one at a time under a lock;
/// <see cref="Changed"/> is raised inside it, on a thread of the pool.
/// </remarks>
public sealed class CredentialsFile : IDeviceCredentials
{
    // A file that is written in place is empty first, then half: taken over too early, its half would revoke the other half.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly ITimer _poll;
    private readonly ITimer _settled;
    private readonly FileSystemWatcher? _watcher;
    private CredentialsTable _table;
    private FileStamp _stamp;
    private FileStamp _candidate;
    private long _candidateSince;
    private string? _complaint;
    private bool _disposed;

    /// <summary>Loads the file and begins to watch it.</summary>
    /// <exception cref="CredentialsFormatException">The file is not there or cannot be read; the message says where and what to do.</exception>
    public CredentialsFile(CredentialsFileOptions options, TimeProvider time, ILogger<CredentialsFile> log)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PollIntervalMs, 10, "credentials.pollIntervalMs");
        _path = Path.GetFullPath(options.Path);
        _time = time;
        _log = log;
        _stamp = FileStamp.Of(_path);
        _table = Load();
        ServerLog.CredentialsLoaded(_log, _path, _table.Count);
        WarnWhenOthersMayWrite();
        var interval = TimeSpan.FromMilliseconds(options.PollIntervalMs);
        _candidate = _stamp;
        _settled = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _poll = time.CreateTimer(_ => Look(), null, interval, interval);
        _watcher = TryWatch();
    }

    /// <inheritdoc/>
    public event Action<IReadOnlyList<DeviceKey>>? Changed;

    /// <summary>How many devices there are.</summary>
    public int Count => Volatile.Read(ref _table).Count;

    /// <inheritdoc/>
    public bool? Knows(DeviceKey device) => Volatile.Read(ref _table).Contains(device);

    /// <inheritdoc/>
    public DeviceKey Intern(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device)
    {
        var name = new DeviceName(tenant, device);
        return Volatile.Read(ref _table).TryGetDevice(name, out var known) ? known : DeviceNameComparer.Instance.Create(name);
    }

    /// <inheritdoc/>
    public bool MustAsk => false;

    /// <inheritdoc/>
    public string Summary => $"{Count} devices known";

    /// <inheritdoc/>
    public ValueTask<CredentialAnswer> AskAsync(DeviceKey device) => throw new NotSupportedException("the file is the truth");

    /// <inheritdoc/>
    public bool TryGetStoredKey(DeviceKey device, Span<byte> storedKey) => Volatile.Read(ref _table).TryGetKey(device, storedKey);

    /// <summary>The store that the file names for the device; null when it names none or does not know the device.</summary>
    public string? StoreOf(DeviceKey device) => Volatile.Read(ref _table).StoreOf(device);

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _poll.Dispose();
        _settled.Dispose();
        lock (_gate)
        {
            _disposed = true;
        }
    }

    private void OnNotice(object sender, FileSystemEventArgs e)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                Await(FileStamp.Of(_path));
            }
        }
    }

    // Takes a changed file over once it has stood still for the settle time.
    private void Look()
    {
        lock (_gate)
        {
            var stamp = FileStamp.Of(_path);
            if (_disposed || stamp == _stamp)
            {
                return;
            }

            if (stamp != _candidate)
            {
                Await(stamp);
                return;
            }

            if (_time.GetElapsedTime(_candidateSince) < SettleTime)
            {
                return; // the settle timer looks again
            }

            TakeOver(stamp);
        }
    }

    private void TakeOver(FileStamp stamp)
    {
        try
        {
            Replace(Load());
            _stamp = stamp;
        }
        catch (CredentialsFormatException e)
        {
            if (e.InnerException is not (IOException or UnauthorizedAccessException))
            {
                _stamp = stamp; // its content is bad: no use to read it again before it changes
            }

            // What could not be read (out of descriptors, locked) is read at the next poll: a key that it revokes must not stay valid for that.
            if (_complaint != e.Message)
            {
                _complaint = e.Message;
                ServerLog.CredentialsKept(_log, e.Message, Count);
            }
        }
    }

    private void Await(FileStamp stamp)
    {
        _candidate = stamp;
        _candidateSince = _time.GetTimestamp();
        _settled.Change(SettleTime, Timeout.InfiniteTimeSpan);
    }

    private void Replace(CredentialsTable next)
    {
        var revoked = _table.RevokedBy(next);
        Volatile.Write(ref _table, next);
        _complaint = null;
        ServerLog.CredentialsReloaded(_log, _path, next.Count, revoked.Count);
        if (revoked.Count > 0)
        {
            Changed?.Invoke(revoked);
        }
    }

    private CredentialsTable Load()
    {
        try
        {
            using var file = new StreamReader(_path);
            return CredentialsTable.Read(file);
        }
        catch (CredentialsFormatException e)
        {
            throw new CredentialsFormatException($"{_path}: {e.Message}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CredentialsFormatException($"{_path}: the credentials file is not there. Make it with 'pusher keys add <tenant>/<device> --file {_path}', or name another with option credentials.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialsFormatException($"{_path}: the credentials file cannot be read ({e.Message}). Give the server's user the right to read it.", e);
        }
    }

    private void WarnWhenOthersMayWrite()
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_path) & (UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0)
        {
            ServerLog.CredentialsWritableByOthers(_log, _path);
        }
    }

    // The kernel has only so many watches. Without one a change is seen by the next poll.
    private FileSystemWatcher? TryWatch()
    {
        try
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!, Path.GetFileName(_path));
            watcher.Changed += OnNotice;
            watcher.Created += OnNotice;
            watcher.Renamed += OnNotice;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException e)
        {
            ServerLog.CredentialsPolled(_log, _path, e.Message);
            return null;
        }
    }
}
