using System.Security.Cryptography;
using Pusher.Cli;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Credentials;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class DeviceKeyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-load-keys-").FullName;

    private string Keys => Path.Combine(_directory, "keys");

    private string Credentials => Path.Combine(_directory, "credentials");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Create_Devices_KeysBelongToTheCredentials()
    {
        DeviceKeyFile.Create("acme", 3, Keys, Credentials);
        var entries = CredentialsDocument.Parse(File.ReadAllText(Credentials)).Entries.ToDictionary(e => e.Device);
        var identities = DeviceKeyFile.Read(Keys, 3);
        Assert.Equal(3, entries.Count);
        Assert.All(identities, i => Assert.True(entries[i.Device].Key == StoredKey.FromHash(SHA256.HashData(i.Key))));
    }

    [Fact]
    public void Read_FewerThanThereAre_TakesTheFirst()
    {
        DeviceKeyFile.Create("acme", 3, Keys, Credentials);
        Assert.Equal(["acme/load-00000", "acme/load-00001"], DeviceKeyFile.Read(Keys, 2).Select(i => i.Device.ToString()));
    }

    [Fact]
    public void Read_BehindSome_TakesTheNext()
    {
        DeviceKeyFile.Create("acme", 3, Keys, Credentials);
        Assert.Equal(["acme/load-00001", "acme/load-00002"], DeviceKeyFile.Read(Keys, 2, skip: 1).Select(i => i.Device.ToString()));
    }

    [Fact]
    public void Create_CredentialsThatAreThere_AreNotOverwritten()
    {
        File.WriteAllText(Credentials, "of a real server");
        Assert.Throws<IOException>(() => DeviceKeyFile.Create("acme", 1, Keys, Credentials));
        Assert.Equal("of a real server", File.ReadAllText(Credentials));
    }

    [Theory]
    [InlineData("acme/a", "line 1")]
    [InlineData("acme/a tooshort", "line 1")]
    [InlineData("acme AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "line 1")]
    [InlineData("acme/a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "has 1 devices")]
    public void Read_SomethingWrong_NamesIt(string line, string words)
    {
        File.WriteAllText(Keys, line + "\n");
        var problem = Assert.Throws<CliException>(() => DeviceKeyFile.Read(Keys, 2));
        Assert.Equal(ExitCode.Usage, problem.ExitCode);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }
}
