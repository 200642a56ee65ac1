namespace Pusher.Cli.Keys;

/// <summary>Makes files that only their owner can read (on Windows: what the directory gives).</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes and flushes to the medium. The mode of <paramref name="like"/> is taken over when that file exists.</summary>
    public static void Write(string path, FileMode mode, ReadOnlySpan<byte> bytes, string? like = null)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            using var stream = new FileStream(path, options);
            Write(stream, bytes);
        }
        else
        {
            var wanted = File.Exists(like) ? File.GetUnixFileMode(like) : OwnerOnly;
            options.UnixCreateMode = wanted;
            using var stream = new FileStream(path, options);
            File.SetUnixFileMode(stream.SafeFileHandle, wanted); // an old file keeps its mode otherwise
            Write(stream, bytes);
        }
    }

    private static void Write(FileStream stream, ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }
}
