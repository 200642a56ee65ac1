using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Pusher.Cli.Keys;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher keys add|list|revoke</c>.</summary>
internal static class KeysCommand
{
    public static Command Create() => new("keys", $"Manage the devices of a credentials file. A running server takes changes by itself. {ExitCode.Help}")
    {
        CreateAdd(),
        CreateList(),
        CreateRevoke(),
    };

    private static Command CreateAdd()
    {
        var (file, target, json) = (FileOption(), TargetArgument(), CommonOptions.Json());
        var store = new Option<string?>("--store") { Description = "Store the device stands in." };
        var replace = new Option<bool>("--replace") { Description = "Give a device that is there already a new key; the old one ends." };
        var keyOut = new Option<FileInfo?>("--key-out") { Description = "Write the key to this file (mode 600) instead of showing it.", HelpName = "FILE" };
        var command = new Command("add", "Add a device. Its key is shown once, and kept nowhere.") { target, file, store, replace, keyOut, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var device = Device(parsed.GetValue(target)!);
            var key = RandomNumberGenerator.GetBytes(StoredKey.Length);
            var entry = new CredentialsEntry(device, StoredKey.FromHash(SHA256.HashData(key)), parsed.GetValue(store), null);
            var path = parsed.GetValue(file)!.FullName;
            await new CredentialsFile(path).EditAsync(document => Add(document, entry, parsed.GetValue(replace), parsed.GetValue(keyOut), key), cancel).ConfigureAwait(false);
            ShowAdded(device, parsed.GetValue(keyOut) is null ? Base64Url.EncodeToString(key) : null, parsed.GetValue(keyOut), parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The key file first: a device in the list whose key nobody has would be of no use.</summary>
    private static void Add(CredentialsDocument document, CredentialsEntry entry, bool replace, FileInfo? keyOut, byte[] key)
    {
        if (replace)
        {
            document.Revoke(entry.Device);
        }

        if (!document.Add(entry))
        {
            throw new CliException(ExitCode.Failed, $"{entry.Device} has a key already. Use --replace to give it a new one; the old one then ends.");
        }

        if (keyOut is not null)
        {
            var mode = replace ? FileMode.Create : FileMode.CreateNew;
            PrivateFile.Write(keyOut.FullName, mode, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(key) + "\n"));
        }
    }

    private static void ShowAdded(DeviceKey device, string? key, FileInfo? keyOut, bool json)
    {
        if (json)
        {
            JsonLine.Write(w =>
            {
                w.WriteString("device", device.ToString());
                w.WriteString("key", key);
                w.WriteString("key_file", keyOut?.FullName);
            });
        }
        else
        {
            Console.Out.WriteLine(key ?? $"{device}: key written to {keyOut}");
        }
    }

    private static Command CreateList()
    {
        var (file, json) = (FileOption(), CommonOptions.Json());
        var command = new Command("list", "List the devices. Keys are not in the file, so none are shown.") { file, json };
        command.SetAction(parsed =>
        {
            foreach (var entry in new CredentialsFile(parsed.GetValue(file)!.FullName).Read().Entries)
            {
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(w =>
                    {
                        w.WriteString("device", entry.Device.ToString());
                        w.WriteString("store", entry.Store);
                    });
                }
                else
                {
                    Console.Out.WriteLine($"{entry.Device} {entry.Store}".TrimEnd());
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateRevoke()
    {
        var (file, target, json) = (FileOption(), TargetArgument(), CommonOptions.Json());
        var command = new Command("revoke", "Take a device out; its connection is closed.") { target, file, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var device = Device(parsed.GetValue(target)!);
            var path = parsed.GetValue(file)!.FullName;
            var credentials = new CredentialsFile(path);
            credentials.Read();
            await credentials.EditAsync(
                document => _ = document.Revoke(device) ? true : throw new CliException(ExitCode.Failed, $"{device} is not in '{path}'; 'pusher keys list' shows who is."),
                cancel).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                JsonLine.Write(w => w.WriteString("revoked", device.ToString()));
            }
            else
            {
                Console.Out.WriteLine($"{device} revoked");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Option<FileInfo> FileOption() => new("--file") { Description = "The credentials file.", Required = true, HelpName = "FILE" };

    private static Argument<string> TargetArgument() => new("tenant/device") { Description = "The device." };

    private static DeviceKey Device(string text)
        => DeviceKey.TryParse(text, out var device)
            ? device
            : throw new CliException(ExitCode.Usage, $"'{text}' is not tenant/device, each 1 to 64 characters of [A-Za-z0-9_-].");
}
