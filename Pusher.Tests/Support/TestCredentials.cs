using System.Buffers.Text;
using Pusher.Core.Identity;

namespace Pusher.Tests.Support;

/// <summary>The credentials file of a server under test, and the secrets of its devices.</summary>
/// <param name="path">The file; replaced by a rename, as <c>pusher keys</c> does.</param>
public sealed class TestCredentials(string path)
{
    private readonly Dictionary<DeviceKey, TestDevice> _devices = [];

    public string Path { get; } = path;

    /// <summary>Adds a device; it is known to the server after <see cref="Save"/>.</summary>
    public TestDevice Add(string device, string tenant = "acme")
    {
        var added = new TestDevice(tenant, device);
        _devices.Add(added.Identity, added);
        return added;
    }

    public void Remove(TestDevice device) => _devices.Remove(device.Identity);

    /// <summary>Writes the file anew.</summary>
    public void Save() => SaveText("pusher-credentials 1\n" + string.Concat(_devices.Values.Select(Line)));

    /// <summary>Writes anything in its place.</summary>
    public void SaveText(string text)
    {
        File.WriteAllText(Path + ".new", text);
        File.Move(Path + ".new", Path, overwrite: true);
    }

    /// <summary>One line of the file.</summary>
    public static string Line(TestDevice device)
        => $"{device.Identity} sha256:{Base64Url.EncodeToString(device.StoredKey())}\n";
}
