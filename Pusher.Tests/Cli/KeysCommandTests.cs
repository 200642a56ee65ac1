using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Pusher.Core.Credentials;
using Xunit;

namespace Pusher.Tests.Cli;

public sealed class KeysCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-keys-").FullName;

    private string Credentials => Path.Combine(_directory, "credentials");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Add_NewFile_ShowsAKeyWhoseHashIsInIt()
    {
        var (exitCode, output, error) = await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials, "--store", "soho");
        Assert.Equal((0, ""), (exitCode, error));
        var key = Base64Url.DecodeFromChars(output.Trim());
        var entry = Assert.Single(CredentialsDocument.Parse(await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken)).Entries);
        Assert.Equal(("acme/printer-1", "soho"), (entry.Device.ToString(), entry.Store));
        Assert.Equal(CredentialsLine.FormatKey(StoredKey.FromHash(SHA256.HashData(key))), CredentialsLine.FormatKey(entry.Key));
        AssertPrivate(Credentials);
    }

    [Fact]
    public async Task Add_Twice_IsRefusedUnlessReplaced()
    {
        await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials);
        var before = await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken);
        var (exitCode, _, error) = await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials);
        Assert.Equal(1, exitCode);
        Assert.Contains("--replace", error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken));

        (exitCode, _, _) = await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials, "--replace");
        Assert.Equal(0, exitCode);
        Assert.NotEqual(before, await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Add_KeyOut_WritesAPrivateFileAndShowsNoKey()
    {
        var keyFile = Path.Combine(_directory, "key");
        var (exitCode, output, _) = await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials, "--key-out", keyFile, "--json");
        Assert.Equal(0, exitCode);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("key").ValueKind);
        Assert.Equal(keyFile, json.GetProperty("key_file").GetString());
        AssertPrivate(keyFile);
        Assert.Equal(32, Base64Url.DecodeFromChars((await File.ReadAllTextAsync(keyFile, TestContext.Current.CancellationToken)).Trim()).Length);
    }

    [Fact]
    public async Task Add_ManyAtOnce_NoneIsLost()
    {
        var all = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => PusherProcess.RunAsync("keys", "add", $"acme/printer-{i}", "--file", Credentials)));
        Assert.All(all, r => Assert.Equal((0, ""), (r.ExitCode, r.Error)));
        Assert.Equal(6, CredentialsDocument.Parse(await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken)).Entries.Count());
    }

    [Fact]
    public async Task ListAndRevoke_FollowTheFile()
    {
        await PusherProcess.RunAsync("keys", "add", "acme/printer-1", "--file", Credentials, "--store", "soho");
        await PusherProcess.RunAsync("keys", "add", "acme/printer-2", "--file", Credentials);
        Assert.Equal((0, "acme/printer-1 soho\nacme/printer-2\n", ""), await PusherProcess.RunAsync("keys", "list", "--file", Credentials));
        Assert.Equal(0, (await PusherProcess.RunAsync("keys", "revoke", "acme/printer-1", "--file", Credentials)).ExitCode);
        Assert.Equal("acme/printer-2\n", (await PusherProcess.RunAsync("keys", "list", "--file", Credentials)).Output);
        var (exitCode, _, error) = await PusherProcess.RunAsync("keys", "revoke", "acme/printer-1", "--file", Credentials);
        Assert.Equal(1, exitCode);
        Assert.Contains("acme/printer-1 is not in", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_DamagedFile_NamesTheLineAndLeavesItAlone()
    {
        await File.WriteAllTextAsync(Credentials, "pusher-credentials 1\nacme/printer-1 sha256:short\n", TestContext.Current.CancellationToken);
        var (exitCode, _, error) = await PusherProcess.RunAsync("keys", "add", "acme/printer-2", "--file", Credentials);
        Assert.Equal(1, exitCode);
        Assert.Contains("line 2", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.EndsWith("short\n", await File.ReadAllTextAsync(Credentials, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static void AssertPrivate(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }
}
