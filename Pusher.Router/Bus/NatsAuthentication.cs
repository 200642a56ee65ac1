using System.Reflection;
using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>
/// Who we are to NATS, with and without the NATS.NKeys assembly.
/// <para>
/// The client copies user, password and token into its CONNECT when it is constructed, and enters its signing code on
/// connect whenever any of them is set; that code cannot even be compiled by the JIT when NATS.NKeys is absent. So without NKeys the
/// options are emptied right after construction: the CONNECT still carries them, the signing code is never entered.
/// docs/adr/0005 has the story; the bus's contract tests log in to a real nats-server this way.
/// </para>
/// </summary>
internal static class NatsAuthentication
{
    private const string NKeysAssembly = "NATS.NKeys";

    /// <summary>True when credentials files and nkeys can be used.</summary>
    public static readonly bool HasNKeys = Load();

    /// <summary>The client's options for <paramref name="options"/>.</summary>
    /// <exception cref="BusConfigurationException">Options exclude each other, or need NKeys and it is not there.</exception>
    public static NatsAuthOpts Create(NatsBusOptions options, bool hasNKeys)
    {
        RefuseUserInUrl(options.Url);
        var file = options.CredentialsFile is not null ? "nats.credentialsFile" : options.NKeyFile is not null ? "nats.nkeyFile" : null;
        if (file is not null && !hasNKeys)
        {
            throw new BusConfigurationException(
                $"{file} needs the NATS.NKeys library, and this build has none. Build with -p:NatsWithNKeys=true from a registry that carries it, or use nats.user with nats.password, or nats.token.");
        }

        var ways = (options.User is null ? 0 : 1) + (options.Token is null ? 0 : 1) + (options.CredentialsFile is null ? 0 : 1) + (options.NKeyFile is null ? 0 : 1);
        if (ways > 1 || (options.User is null) != (options.Password is null))
        {
            throw new BusConfigurationException("Give NATS one of: nats.user with nats.password, nats.token, nats.credentialsFile, nats.nkeyFile.");
        }

        return new NatsAuthOpts
        {
            Username = options.User,
            Password = options.Password,
            Token = options.Token,
            CredsFile = options.CredentialsFile,
            NKeyFile = options.NKeyFile,
        };
    }

    /// <summary>To be called between the construction of the connection and its first connect.</summary>
    public static void Seal(NatsAuthOpts auth, bool hasNKeys)
    {
        if (!hasNKeys)
        {
            SetUsername(auth, null);
            SetPassword(auth, null);
            SetToken(auth, null);
        }
    }

    // A user in the URL would reach the log with the URL, and goes around the way above.
    private static void RefuseUserInUrl(string urls)
    {
        foreach (var text in urls.Split(',', StringSplitOptions.TrimEntries))
        {
            if (text.Contains('@', StringComparison.Ordinal))
            {
                throw new BusConfigurationException("nats.url must not hold a user, password or token: use nats.user with nats.password, or nats.token.");
            }

            if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "nats://" + text, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("nats" or "tls" or "ws" or "wss")
                || uri.Host.Length == 0)
            {
                throw new BusConfigurationException($"nats.url: '{text}' is no URL of a NATS server; it looks like nats://host:4222.");
            }
        }
    }

    private static bool Load()
    {
        try
        {
            Assembly.Load(NKeysAssembly);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Username")]
    private static extern void SetUsername(NatsAuthOpts auth, string? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Password")]
    private static extern void SetPassword(NatsAuthOpts auth, string? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Token")]
    private static extern void SetToken(NatsAuthOpts auth, string? value);
}
