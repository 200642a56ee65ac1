using System.Buffers.Text;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pusher.Cli.Keys;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;

namespace Pusher.Cli.Commands;

/// <summary><c>pusher keys add|list|revoke|import</c>: of a file, or of a cluster that has them in Redis.</summary>
internal static class KeysCommand
{
    /// <summary>Devices in one request of an import: what a node takes.</summary>
    private const int ImportAtOnce = 1_000;

    public static Command Create() => new("keys", $"Manage the devices of a credentials file (--file), or of a cluster whose nodes run with --credentials redis (--http). Running servers take changes by themselves. {ExitCode.Help}")
    {
        CreateAdd(),
        CreateList(),
        CreateRevoke(),
        CreateImport(),
    };

    private static Command CreateAdd()
    {
        var (scope, target, json) = (new KeysTarget(), TargetArgument(), CommonOptions.Json());
        var store = new Option<string?>("--store") { Description = "Store the device stands in." };
        var replace = new Option<bool>("--replace") { Description = "Give a device that is there already a new key; the old one ends." };
        var keyOut = new Option<FileInfo?>("--key-out") { Description = "Write the key to this file (mode 600) instead of showing it.", HelpName = "FILE" };
        var command = new Command("add", "Add a device. Its key is shown once, and kept nowhere.") { target, scope.File, scope.Http, scope.TokenFile, store, replace, keyOut, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var device = Device(parsed.GetValue(target)!);
            var key = RandomNumberGenerator.GetBytes(StoredKey.Length);
            var entry = new CredentialsEntry(device, StoredKey.FromHash(SHA256.HashData(key)), parsed.GetValue(store), null);
            if (scope.ReadFile(parsed) is { } path)
            {
                await new CredentialsFile(path).EditAsync(document => Add(document, entry, parsed.GetValue(replace), parsed.GetValue(keyOut), key), cancel).ConfigureAwait(false);
            }
            else
            {
                using var admin = scope.Connect(parsed);
                WriteKey(parsed.GetValue(keyOut), parsed.GetValue(replace), key);
                Warn(await admin.WriteKeysAsync(Document([entry]), parsed.GetValue(replace), cancel).ConfigureAwait(false));
            }

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

        WriteKey(keyOut, replace, key);
    }

    private static void WriteKey(FileInfo? keyOut, bool replace, byte[] key)
    {
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
        var (scope, json) = (new KeysTarget(), CommonOptions.Json());
        var command = new Command("list", "List the devices. Their keys are kept nowhere, so none are shown.") { scope.File, scope.Http, scope.TokenFile, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await foreach (var (device, store) in DevicesAsync(scope, parsed, cancel).ConfigureAwait(false))
            {
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(w =>
                    {
                        w.WriteString("device", device);
                        w.WriteString("store", store);
                    });
                }
                else
                {
                    Console.Out.WriteLine($"{device} {store}".TrimEnd());
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async IAsyncEnumerable<(string Device, string? Store)> DevicesAsync(KeysTarget scope, ParseResult parsed, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (scope.ReadFile(parsed) is { } path)
        {
            foreach (var entry in new CredentialsFile(path).Read().Entries)
            {
                yield return (entry.Device.ToString(), entry.Store);
            }

            yield break;
        }

        using var admin = scope.Connect(parsed);
        await foreach (var line in admin.ListKeysAsync(cancel).ConfigureAwait(false))
        {
            var parts = line.Split(' ');
            yield return (parts[0], parts.Length > 1 ? parts[1] : null);
        }
    }

    private static Command CreateImport()
    {
        var source = new Argument<FileInfo>("file") { Description = "A credentials file." };
        var replace = new Option<bool>("--replace") { Description = "Give devices that are there with another key the key of the file; the old one ends." };
        var scope = new KeysTarget();
        var command = new Command("import", "Write the devices of a credentials file into a cluster. The same again changes nothing.") { source, scope.Http, scope.TokenFile, replace };
        command.SetAction(async (parsed, cancel) =>
        {
            using var admin = scope.Connect(parsed);
            var (added, replaced, unchanged) = (0, 0, 0);
            foreach (var chunk in new CredentialsFile(parsed.GetValue(source)!.FullName).Read().Entries.Chunk(ImportAtOnce))
            {
                var answer = await admin.WriteKeysAsync(Document(chunk), parsed.GetValue(replace), cancel).ConfigureAwait(false);
                Warn(answer);
                added += answer.GetProperty("added").GetInt32();
                replaced += answer.GetProperty("replaced").GetInt32();
                unchanged += answer.GetProperty("unchanged").GetInt32();
            }

            Console.Out.WriteLine($"{added} added, {replaced} replaced, {unchanged} unchanged");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Document(IEnumerable<CredentialsEntry> entries)
        => CredentialsLine.Header + "\n" + string.Concat(entries.Select(entry => CredentialsLine.Format(entry) + "\n"));

    private static void Warn(JsonElement answer)
    {
        if (!answer.GetProperty("told").GetBoolean())
        {
            Console.Error.WriteLine("pusher: written, but the node has no way to the other nodes at the moment: they notice within a minute, and sessions there go on until they end.");
        }
    }

    private static Command CreateRevoke()
    {
        var (scope, target, json) = (new KeysTarget(), TargetArgument(), CommonOptions.Json());
        var command = new Command("revoke", "Take a device out; its connection is closed.") { target, scope.File, scope.Http, scope.TokenFile, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var device = Device(parsed.GetValue(target)!);
            if (scope.ReadFile(parsed) is { } path)
            {
                var credentials = new CredentialsFile(path);
                credentials.Read();
                await credentials.EditAsync(
                    document => _ = document.Revoke(device) ? true : throw new CliException(ExitCode.Failed, $"{device} is not in '{path}'; 'pusher keys list' shows who is."),
                    cancel).ConfigureAwait(false);
            }
            else
            {
                using var admin = scope.Connect(parsed);
                Warn(await admin.RemoveKeyAsync(device, cancel).ConfigureAwait(false));
            }

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

    private static Argument<string> TargetArgument() => new("tenant/device") { Description = "The device." };

    private static DeviceKey Device(string text)
        => DeviceKey.TryParse(text, out var device)
            ? device
            : throw new CliException(ExitCode.Usage, $"'{text}' is not tenant/device, each 1 to 64 characters of [A-Za-z0-9_-].");
}
