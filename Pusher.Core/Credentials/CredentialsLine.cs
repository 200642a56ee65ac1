using System.Buffers.Text;
using Pusher.Core.Identity;

namespace Pusher.Core.Credentials;

/// <summary>
/// The grammar of a credentials file, line by line; blanks are spaces or tabs:
/// <code>
/// file    = header *( line )
/// header  = "pusher-credentials" 1*blank "1"
/// line    = [ device ] [ "#" comment ]
/// device  = tenant "/" name 1*blank "sha256:" base64url [ 1*blank store ]
/// </code>
/// <c>base64url</c> is the SHA-256 of the device's key: 43 characters without padding. Comments and empty lines may also stand above the header.
/// </summary>
public static class CredentialsLine
{
    /// <summary>The header of this version.</summary>
    public const string Header = HeaderWord + " 1";

    /// <summary>Tenants that begin so are the server's own; no device of such a tenant may log in.</summary>
    public const char ReservedTenantPrefix = '_';

    private const string HeaderWord = "pusher-credentials";
    private const string KeyPrefix = "sha256:";
    private const int KeyChars = 43;

    /// <summary>True for a line without a device: empty, or only a comment.</summary>
    public static bool IsBlank(ReadOnlySpan<char> line) => WithoutComment(line, out _).IsEmpty;

    /// <summary>Checks the header line.</summary>
    /// <exception cref="CredentialsFormatException">It is none, or of another version.</exception>
    public static void CheckHeader(ReadOnlySpan<char> line, int number)
    {
        var rest = WithoutComment(line, out _);
        var word = NextWord(ref rest);
        if (!word.SequenceEqual(HeaderWord))
        {
            throw new CredentialsFormatException(number, $"the first line must be '{Header}'. Is this a credentials file?");
        }

        var version = NextWord(ref rest);
        if (version is not "1" || !rest.IsEmpty)
        {
            throw new CredentialsFormatException(number, "this version of the file format is not known; this program reads version 1. Use the program that wrote the file, or a newer one.");
        }
    }

    /// <summary>Parses a line that is not blank.</summary>
    /// <exception cref="CredentialsFormatException">The line breaks the grammar.</exception>
    public static void Parse(ReadOnlySpan<char> line, int number, out DeviceKey device, out StoredKey key, out ReadOnlySpan<char> store, out ReadOnlySpan<char> comment)
    {
        var rest = WithoutComment(line, out comment);
        if (!DeviceKey.TryParse(NextWord(ref rest), out device))
        {
            throw new CredentialsFormatException(number, "expected tenant/device, each 1 to 64 characters of A-Z a-z 0-9 _ -.");
        }

        if (device.Tenant[0] == ReservedTenantPrefix)
        {
            throw new CredentialsFormatException(number, $"tenants that begin with '{ReservedTenantPrefix}' are reserved for the server; choose another name.");
        }

        if (!TryParseKey(NextWord(ref rest), out key))
        {
            throw new CredentialsFormatException(number, $"expected {KeyPrefix} and {KeyChars} characters of base64url behind the device. Make the line with 'pusher keys add'.");
        }

        store = NextWord(ref rest);
        if (!rest.IsEmpty || (!store.IsEmpty && !Identifier.IsValid(store)))
        {
            throw new CredentialsFormatException(number, "behind the key only the name of a store (1 to 64 characters of A-Z a-z 0-9 _ -) and a # comment may stand.");
        }
    }

    /// <summary>Writes an entry as a line.</summary>
    public static string Format(CredentialsEntry entry)
    {
        var line = $"{entry.Device} {FormatKey(entry.Key)}";
        line += entry.Store is null ? "" : " " + entry.Store;
        var comment = entry.Comment?.ReplaceLineEndings(" ").Trim(); // or a comment could bring a line of its own
        return line + (string.IsNullOrEmpty(comment) ? "" : " # " + comment);
    }

    /// <summary>A key as the file has it.</summary>
    public static string FormatKey(in StoredKey key) => KeyPrefix + Base64Url.EncodeToString(key);

    private static bool TryParseKey(ReadOnlySpan<char> text, out StoredKey key)
    {
        key = default;
        return text.StartsWith(KeyPrefix, StringComparison.Ordinal)
            && text.Length == KeyPrefix.Length + KeyChars
            && Base64Url.TryDecodeFromChars(text[KeyPrefix.Length..], key, out var written)
            && written == StoredKey.Length;
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line, out ReadOnlySpan<char> comment)
    {
        var hash = line.IndexOf('#');
        comment = hash < 0 ? [] : line[(hash + 1)..].Trim();
        return (hash < 0 ? line : line[..hash]).Trim(" \t\r");
    }

    private static ReadOnlySpan<char> NextWord(scoped ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(' ', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[end..].TrimStart(" \t");
        return word;
    }
}
