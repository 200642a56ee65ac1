namespace Pusher.Local;

/// <summary>The directory of one run; gone with it unless it is to be kept.</summary>
/// <param name="prefix">Its name begins with it.</param>
/// <param name="keep">Leaves it, and says where it is.</param>
public sealed class RunDirectory(string prefix, bool keep) : IDisposable
{
    public string Path { get; } = Create(prefix);

    public void Dispose()
    {
        if (keep)
        {
            Console.Error.WriteLine($"kept: {Path}");
        }
        else
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    // A path on a disk: what a store flushes to a file in memory proves nothing.
    private static string Create(string prefix)
    {
        var parent = Environment.GetEnvironmentVariable("PUSHER_RUN_DIR") is { Length: > 0 } chosen ? chosen : "/var/tmp";
        var path = System.IO.Path.Combine(Directory.Exists(parent) ? parent : System.IO.Path.GetTempPath(), $"{prefix}{Guid.NewGuid().ToString("N")[..8]}");
        return Directory.CreateDirectory(path).FullName;
    }
}
