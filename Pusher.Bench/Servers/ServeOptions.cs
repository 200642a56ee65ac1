using System.Globalization;
using System.Net;

namespace Pusher.Bench.Servers;

/// <summary>What <c>serve</c> was told.</summary>
internal sealed record ServeOptions
{
    public const string Help =
        """
        usage: Pusher.Bench serve --kind floor|epoll|saea|kestrel|node [options]
          --listen ADDRESS:PORT   where devices connect (default 127.0.0.1:0)
          --raw ADDRESS:PORT      where publishers connect, kind node only (default 127.0.0.1:0); the others take them at --listen
          --loops N               event loops (default 1); kestrel: I/O queues
          --data DIR              node: where its store lies; must be given
          --credentials FILE      node: the devices; must be given
          --tenant NAME           node: whose devices the publishers mean (default load)
          --transport NAME        node: epoll or saea (default as the server's)
          --until-eof             end also when standard input ends: with the process that started it
        Prints 'ready listen=ADDRESS:PORT raw=ADDRESS:PORT pid=N'. Answers the line 'stats' on standard input with one line of JSON.
        Ends on SIGTERM, SIGINT or the line 'stop'. Exit codes: 0, 1 the server failed, 2 wrong usage, 3 it could not start.
        """;

    private const int LoopsMax = 256;

    public required ServerKind Kind { get; init; }

    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    public IPEndPoint Raw { get; init; } = new(IPAddress.Loopback, 0);

    public int Loops { get; init; } = 1;

    public string DataDirectory { get; init; } = "";

    public string CredentialsFile { get; init; } = "";

    public string Tenant { get; init; } = "load";

    /// <summary>Of a node, as the server's option; empty = its default.</summary>
    public string Transport { get; init; } = "";

    public bool IsUntilEof { get; init; }

    /// <exception cref="FormatException">An option is unknown or cannot be; the message names it.</exception>
    public static ServeOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ServeOptions { Kind = (ServerKind)(-1) };
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--until-eof")
            {
                options = options with { IsUntilEof = true };
                continue;
            }

            var name = arguments[i];
            var value = ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value");
            options = options.With(name, value);
        }

        return options.Check();
    }

    private ServeOptions With(string name, string value) => name switch
    {
        "--kind" => this with { Kind = Enum.TryParse<ServerKind>(value, ignoreCase: true, out var kind) && Enum.IsDefined(kind) ? kind : throw new FormatException($"there is no kind '{value}'") },
        "--listen" => this with { Listen = EndPoint(name, value) },
        "--raw" => this with { Raw = EndPoint(name, value) },
        "--loops" => this with { Loops = int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is > 0 and <= LoopsMax ? n : throw new FormatException($"--loops must be from 1 to {LoopsMax}") },
        "--data" => this with { DataDirectory = value },
        "--credentials" => this with { CredentialsFile = value },
        "--tenant" => this with { Tenant = value },
        "--transport" => this with { Transport = value is "epoll" or "saea" ? value : throw new FormatException($"there is no transport '{value}'") },
        _ => throw new FormatException($"unknown option '{name}'"),
    };

    private ServeOptions Check()
    {
        if (!Enum.IsDefined(Kind))
        {
            throw new FormatException("--kind must be given");
        }

        return Kind != ServerKind.Node || (DataDirectory.Length > 0 && CredentialsFile.Length > 0)
            ? this
            : throw new FormatException("the kind node needs --data and --credentials");
    }

    private static IPEndPoint EndPoint(string name, string text)
        => IPEndPoint.TryParse(text, out var endPoint) ? endPoint : throw new FormatException($"{name} '{text}' is not address:port");
}
