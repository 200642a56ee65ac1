using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Local;

/// <summary>Keys of simulated devices, and the credentials file that lets them in.</summary>
public sealed class LocalKeys
{
    private readonly Dictionary<DeviceKey, byte[]> _keys = [];

    private LocalKeys(string file) => File = file;

    /// <summary>The credentials file.</summary>
    public string File { get; }

    /// <summary>Draws a key for each device and writes the credentials file.</summary>
    public static LocalKeys Write(string file, string tenant, IEnumerable<string> devices)
    {
        var keys = new LocalKeys(file);
        var document = CredentialsDocument.Empty();
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        foreach (var device in devices)
        {
            var key = RandomNumberGenerator.GetBytes(ProtocolLimits.KeyBytes);
            LoginProof.StoredKey(key, stored);
            keys._keys.Add(new DeviceKey(tenant, device), key);
            document.Add(new CredentialsEntry(new DeviceKey(tenant, device), StoredKey.FromHash(stored), "kitchen-1", null));
        }

        System.IO.File.WriteAllText(file, document.ToString(), new UTF8Encoding(false));
        return keys;
    }

    /// <summary>Writes <c>DEVICE.key</c> for each device, as <c>pusher keys add</c> does, readable by this user only.</summary>
    public void WriteKeyFiles(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var (device, key) in _keys)
        {
            System.IO.File.WriteAllText(Path.Combine(directory, $"{device.Device}.key"), Base64Url.EncodeToString(key) + "\n");
        }
    }

    /// <summary>Writes one file with all keys, for <c>pusher load --keys</c>.</summary>
    public void WriteLoadKeys(string file)
        => System.IO.File.WriteAllLines(file, _keys.Select(device => $"{device.Key} {Base64Url.EncodeToString(device.Value)}"));

    public byte[] Of(DeviceKey device) => _keys[device];
}
