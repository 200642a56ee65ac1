namespace Pusher.Server.Credentials;

/// <summary>By what a changed file is told from an unchanged one without reading it.</summary>
internal readonly record struct FileStamp(long Length, DateTime WrittenAtUtc)
{
    /// <summary>The stamp of a file that is not there has length -1.</summary>
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : new FileStamp(-1, default);
    }
}
