using System.Security.Cryptography;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Xunit;

namespace Pusher.Tests.Core.Credentials;

public sealed class CredentialsDocumentTests
{
    private const string Key = "sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    [Fact]
    public void Parse_WholeGrammar_EntriesAndTextKept()
    {
        var text = $"# ours\n\npusher-credentials 1 # header\n  acme/p1 \t{Key}  store-7 # till 1 # really\nacme/p2 {Key}\n# end\n";
        var document = CredentialsDocument.Parse(text);
        var entries = document.Entries.ToList();
        Assert.Equal([new DeviceKey("acme", "p1"), new DeviceKey("acme", "p2")], entries.Select(e => e.Device));
        Assert.Equal("store-7", entries[0].Store);
        Assert.Equal("till 1 # really", entries[0].Comment);
        Assert.Null(entries[1].Store);
        var key = new byte[StoredKey.Length];
        entries[0].Key.CopyTo(key);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (byte)i), key);
        Assert.Equal(text, document.ToString());
    }

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("# only\n", 0, "empty")]
    [InlineData("acme/p1 x\n", 1, "first line")]
    [InlineData("pusher-credentials 2\n", 1, "version")]
    [InlineData("pusher-credentials\n", 1, "version")]
    [InlineData("pusher-credentials 1\nacme\n", 2, "tenant/device")]
    [InlineData("pusher-credentials 1\nacme/p1/x " + Key + "\n", 2, "tenant/device")]
    [InlineData("pusher-credentials 1\n\nacme/p1\n", 3, "pusher keys add")]
    [InlineData("pusher-credentials 1\nacme/p1 sha256:AAA\n", 2, "pusher keys add")]
    [InlineData("pusher-credentials 1\nacme/p1 " + Key + "=\n", 2, "pusher keys add")]
    [InlineData("pusher-credentials 1\nacme/p1 " + Key + " st$re\n", 2, "store")]
    [InlineData("pusher-credentials 1\nacme/p1 " + Key + " s1 s2\n", 2, "store")]
    [InlineData("pusher-credentials 1\n_pusher/p1 " + Key + "\n", 2, "reserved")]
    [InlineData("pusher-credentials 1\nacme/p1 " + Key + "\nacme/p1 " + Key + "\n", 3, "line 2")]
    public void Parse_Bad_NamesLineAndRemedyButNoKey(string text, int line, string part)
    {
        var error = Assert.Throws<CredentialsFormatException>(() => CredentialsDocument.Parse(text));
        Assert.Equal(line, error.Line);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAECAw", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddAndRevoke_AmongComments_TheRestStaysAsItWas()
    {
        var document = CredentialsDocument.Parse($"# top\npusher-credentials 1\nacme/p1 {Key} # one\n# about p2\nacme/p2 {Key}\n");
        var added = new CredentialsEntry(new DeviceKey("acme", "p3"), StoredKey.FromHash(SHA256.HashData("k"u8)), "s1", "new");
        Assert.True(document.Add(added));
        Assert.False(document.Add(added));
        Assert.True(document.Revoke(new DeviceKey("acme", "p1")));
        Assert.False(document.Revoke(new DeviceKey("acme", "p1")));

        var expected = $"# top\npusher-credentials 1\n# about p2\nacme/p2 {Key}\nacme/p3 {CredentialsLine.FormatKey(added.Key)} s1 # new\n";
        Assert.Equal(expected, document.ToString());
        Assert.Equal(added, CredentialsDocument.Parse(expected).Entries.Last());
    }

    [Fact]
    public void Add_ReservedTenantOrBadStore_RefusedAndNothingChanged()
    {
        var document = CredentialsDocument.Empty();
        Assert.Throws<CredentialsFormatException>(() => document.Add(new CredentialsEntry(new DeviceKey("_pusher", "x"), default, null, null)));
        Assert.Throws<CredentialsFormatException>(() => document.Add(new CredentialsEntry(new DeviceKey("acme", "x"), default, "a b", null)));
        Assert.Equal("pusher-credentials 1\n", document.ToString());
    }

    [Fact]
    public void Add_CommentWithLineBreak_CannotSmuggleADevice()
    {
        var document = CredentialsDocument.Empty();
        document.Add(new CredentialsEntry(new DeviceKey("acme", "x"), default, null, $"a\nacme/evil {Key}"));
        Assert.Single(CredentialsDocument.Parse(document.ToString()).Entries);
    }

    [Fact]
    public void Parse_WindowsLineEnds_Understood()
        => Assert.Single(CredentialsDocument.Parse($"pusher-credentials 1\r\nacme/p1 {Key}\r\n").Entries);
}
