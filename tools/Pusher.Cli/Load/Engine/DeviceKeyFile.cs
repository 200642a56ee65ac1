using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pusher.Cli.Keys;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Engine;

/// <summary>
/// The keys of many devices, for the load run only. A line each:
/// <code>
/// line = tenant "/" device " " base64url of 32 bytes
/// </code>
/// </summary>
internal static class DeviceKeyFile
{
    private const int KeyChars = 43;

    /// <summary>So many devices of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">How many.</param>
    /// <param name="skip">How many before them are left out.</param>
    /// <exception cref="CliException">The file is not there, a line breaks the grammar, or there are too few.</exception>
    public static IReadOnlyList<LoadIdentity> Read(string path, int count, int skip = 0)
    {
        if (!File.Exists(path))
        {
            throw new CliException(ExitCode.Usage, $"The file '{path}' does not exist; 'pusher load keys' makes it.");
        }

        var found = new List<LoadIdentity>(count);
        var (number, skipped) = (0, skip);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (found.Count == count)
            {
                break;
            }

            if (line.Length > 0 && skip-- <= 0)
            {
                found.Add(Parse(line) ?? throw new CliException(ExitCode.Usage, $"{path}, line {number}: expected 'tenant/device' and a key of {KeyChars} characters of base64url."));
            }
        }

        return found.Count == count ? found : throw new CliException(ExitCode.Usage, $"'{path}' has {found.Count} devices{(skipped > 0 ? $" behind the first {skipped}" : "")}; --devices asks for {count}.");
    }

    /// <summary>Devices that need no key.</summary>
    public static IReadOnlyList<LoadIdentity> WithoutKeys(int count, int skip) => [.. Enumerable.Range(skip, count).Select(i => new LoadIdentity(new DeviceKey("load", NameOf(i)), []))];

    /// <summary>Makes keys for new devices <c>tenant/load-00000</c> and up: one file for the load run, one for the server.</summary>
    public static void Create(string tenant, int count, string keysPath, string credentialsPath)
    {
        var keys = new StringBuilder();
        var credentials = new StringBuilder(CredentialsLine.Header).Append('\n');
        for (var i = 0; i < count; i++)
        {
            var device = new DeviceKey(tenant, NameOf(i));
            var key = RandomNumberGenerator.GetBytes(ProtocolLimits.KeyBytes);
            keys.Append(device).Append(' ').Append(Base64Url.EncodeToString(key)).Append('\n');
            credentials.Append(CredentialsLine.Format(new CredentialsEntry(device, StoredKey.FromHash(SHA256.HashData(key)), null, null))).Append('\n');
        }

        PrivateFile.Write(credentialsPath, FileMode.CreateNew, Encoding.ASCII.GetBytes(credentials.ToString()));
        PrivateFile.Write(keysPath, FileMode.Create, Encoding.ASCII.GetBytes(keys.ToString()));
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"load-{number:D5}");

    private static LoadIdentity? Parse(string line)
    {
        var space = line.IndexOf(' ');
        var key = new byte[ProtocolLimits.KeyBytes];
        var isGood = space > 0
            && line.Length - space - 1 == KeyChars
            && Base64Url.TryDecodeFromChars(line.AsSpan(space + 1), key, out var written)
            && written == key.Length;
        return isGood && DeviceKey.TryParse(line.AsSpan(0, space), out var device) ? new LoadIdentity(device, key) : null;
    }
}
