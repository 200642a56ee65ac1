using System.Globalization;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Keeps two servers off one file: SQLite would let both write, and each would trust counters that the other moves.
/// The kernel drops the lock with its process, so a crash leaves nothing to clean up.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    // What .NET reports, as HResult, when another process has the lock: EWOULDBLOCK, or Windows' sharing violation.
    private const int WouldBlockLinux = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <summary>Makes the directory and takes the lock.</summary>
    /// <exception cref="StoreUnavailableException">The directory cannot be written, or another process has the lock.</exception>
    public static StoreLock Take(SqliteStoreOptions options)
    {
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            var file = new FileStream(options.FilePath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(options.FilePath + ".pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new StoreLock(file);
        }
        catch (IOException e) when (e.HResult is WouldBlockLinux or WouldBlockMac or SharingViolation)
        {
            throw new StoreUnavailableException(
                $"The message store {options.FilePath} is in use by process {Owner(options.FilePath + ".pid")}. Stop that one, or give this server a data directory of its own.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(
                $"The data directory {options.DataDirectory} cannot be written ({e.Message}). Give the server's user write access to it, free space if the disk is full, or set another data directory.", e);
        }
    }

    public void Dispose() => _file.Dispose();

    private static string Owner(string path)
    {
        try
        {
            return File.ReadAllText(path) is { Length: > 0 } id ? id : "(not known)";
        }
        catch (IOException)
        {
            return "(not known)";
        }
    }
}
