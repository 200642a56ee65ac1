using System.Buffers.Text;
using Pusher.Core.Protocol;

namespace Pusher.Cli;

/// <summary>Secrets come from files or the environment, never from the command line, where every user of the machine can read them.</summary>
internal static class Secrets
{
    public const string DeviceKeyVariable = "PUSHER_DEVICE_KEY";
    public const string TokenVariable = "PUSHER_TOKEN";
    public const string NatsUserVariable = "PUSHER_NATS_USER";
    public const string NatsPasswordVariable = "PUSHER_NATS_PASSWORD";
    public const string NatsTokenVariable = "PUSHER_NATS_TOKEN";

    /// <summary>The first line of a file, else the environment; null when neither is there.</summary>
    public static string? Read(FileInfo? file, string variable)
    {
        if (file is null)
        {
            return Variable(variable);
        }

        if (!file.Exists)
        {
            throw new CliException(ExitCode.Usage, $"The file '{file}' does not exist.");
        }

        var secret = File.ReadLines(file.FullName).FirstOrDefault()?.Trim();
        return string.IsNullOrEmpty(secret) ? throw new CliException(ExitCode.Usage, $"The file '{file}' is empty; its first line must be the secret.") : secret;
    }

    /// <summary>An environment variable; null when empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>A device key: base64url of 32 bytes.</summary>
    public static byte[] ReadDeviceKey(FileInfo? file)
    {
        var text = Read(file, DeviceKeyVariable)
            ?? throw new CliException(ExitCode.Usage, $"A device needs its key: give --key-file, or set {DeviceKeyVariable}. 'pusher keys add' makes one.");
        var key = new byte[ProtocolLimits.KeyBytes];
        if (!Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, key, out var written) || written != key.Length)
        {
            throw new CliException(ExitCode.Usage, $"{(file is null ? DeviceKeyVariable : $"'{file}'")} holds no device key: 43 characters of base64url, as 'pusher keys add' prints them.");
        }

        return key;
    }
}
