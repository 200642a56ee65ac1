using System.Net;

namespace Pusher.Server.Http;

/// <summary>The HTTP side of a node: publishing, message status, metrics, health.</summary>
public sealed record AdminServerOptions
{
    /// <summary>Shortest token that is accepted.</summary>
    public const int TokenCharsMin = 16;

    private static readonly string[] Samples =
        ["changeme", "change-me", "secret", "password", "token", "example", "sample", "default", "your-token", "yourtoken", "insert", "replace", "todo", "xxxx", "0123456789", "1234567890"];

    /// <summary>The address to listen on: an IP address, or <c>localhost</c>. Beyond loopback a <see cref="Token"/> is needed.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 = any free one, see <see cref="AdminServer.Port"/>.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>What callers of <c>/v1</c> must send as <c>Authorization: Bearer …</c>; null = nothing, on loopback only. At least 16 characters.</summary>
    public string? Token { get; init; }

    /// <summary>What a caller must send to drain a node; null = that is not done over HTTP. At least 16 characters, and not <see cref="Token"/>.</summary>
    public string? AdminToken { get; init; }

    /// <summary>Lets the checks of <see cref="Validate"/> on the token pass. Never for production.</summary>
    public bool InsecureDev { get; init; }

    /// <summary>How long a publish waits for the store, milliseconds; then it is answered <c>unknown</c>.</summary>
    public int AnswerTimeoutMs { get; init; } = 10_000;

    /// <summary>Throws with the name of the option and the remedy when the server must not start like this.</summary>
    /// <exception cref="ArgumentException">An option is out of range or unsafe.</exception>
    public IPAddress Validate()
    {
        var address = Address == "localhost" ? IPAddress.Loopback : null;
        if (address is null && !IPAddress.TryParse(Address, out address))
        {
            throw new ArgumentException($"option --http: '{Address}' is no IP address; give one, such as 127.0.0.1, or localhost.");
        }

        if (Port is < 0 or > 65_535 || AnswerTimeoutMs < 1)
        {
            throw new ArgumentException("option --http: the port must be 0 to 65,535, and the answer timeout at least 1 ms.");
        }

        if (!InsecureDev)
        {
            ValidateToken(IPAddress.IsLoopback(address));
        }

        return address;
    }

    // The token itself is in none of these messages: they are logged.
    private void ValidateToken(bool isLoopback)
    {
        if (Token is null && !isLoopback)
        {
            throw new ArgumentException($"option --http: {Address} is reachable from other machines, and --http-token-file is not set. Set it, or listen on 127.0.0.1, or say --insecure-dev.");
        }

        ValidateToken(Token, "http-token-file");
        ValidateToken(AdminToken, "admin-token-file");
        if (AdminToken is not null && AdminToken == Token)
        {
            throw new ArgumentException("option --admin-token-file: the token is that of --http-token-file, so whoever may publish could stop nodes. Make another one with: openssl rand -hex 24");
        }
    }

    private static void ValidateToken(string? token, string option)
    {
        if (token is null)
        {
            return;
        }

        if (token.Length < TokenCharsMin)
        {
            throw new ArgumentException($"option --{option}: the token is shorter than {TokenCharsMin} characters. Make one with: openssl rand -hex 24");
        }

        if (Samples.Any(s => token.Contains(s, StringComparison.OrdinalIgnoreCase)) || token.Distinct().Count() < 6)
        {
            throw new ArgumentException($"option --{option}: the token looks like a sample. Make one with: openssl rand -hex 24");
        }

        if (token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException($"option --{option}: the token must be printable ASCII without space.");
        }
    }
}
