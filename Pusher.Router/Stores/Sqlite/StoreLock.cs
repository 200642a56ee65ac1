using System.Globalization;
using System.Text;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// Keeps two servers off one file: SQLite would let both write, and each would trust counters that the other moves.
/// The kernel drops the lock with its process, so a crash leaves nothing to clean up.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <summary>Makes the directory and takes the lock.</summary>
    /// <exception cref="StoreUnavailableException">The directory cannot be written, or another process has the lock.</exception>
    public static StoreLock Take(SqliteStoreOptions options)
    {
        var path = options.FilePath + ".lock";
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                // Tells a directory that cannot be written from a lock that is taken: both are IOExceptions below.
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(
                $"The data directory {options.DataDirectory} cannot be written ({e.Message}). Give the server's user write access to it, free space if the disk is full, or set another data directory.", e);
        }

        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return new StoreLock(file);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(
                $"The message store {options.FilePath} is in use by process {Owner(path)}. Stop that one, or give this server a data directory of its own.", e);
        }
    }

    public void Dispose() => _file.Dispose();

    private static string Owner(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd() is { Length: > 0 } id ? id : "(not known)";
        }
        catch (IOException)
        {
            return "(not known)";
        }
    }
}
