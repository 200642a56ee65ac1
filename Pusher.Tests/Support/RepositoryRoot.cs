namespace Pusher.Tests.Support;

/// <summary>Where the sources lie: the folder of Pusher.sln above the test's own binaries.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Pusher.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Pusher.sln above {AppContext.BaseDirectory}.");
    }
}
