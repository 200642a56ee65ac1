namespace Pusher.Tests.Router.Stores;

/// <summary>A directory of its own for one test.</summary>
public sealed class StoreDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pusher-store-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
