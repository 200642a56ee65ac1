using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>Who we are to NATS: turns our options into those of the client, and refuses what cannot work.</summary>
internal static class NatsAuthentication
{
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
}
