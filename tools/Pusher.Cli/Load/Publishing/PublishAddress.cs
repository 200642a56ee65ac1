using System.Net;

namespace Pusher.Cli.Load.Publishing;

/// <summary>Where a load run publishes, and how.</summary>
/// <param name="Kind">How.</param>
/// <param name="Remote">Where.</param>
/// <param name="Name">As it was given, for messages.</param>
internal sealed record PublishAddress(PublishKind Kind, IPEndPoint Remote, string Name)
{
    private const string RawPrefix = "raw:";
    private const int NatsPort = 4222;

    /// <summary>Reads <c>raw:host:port</c> or <c>nats://host:port</c>.</summary>
    /// <exception cref="CliException">It is neither.</exception>
    public static PublishAddress Parse(string option, string text)
    {
        if (text.StartsWith(RawPrefix, StringComparison.Ordinal))
        {
            return new PublishAddress(PublishKind.Raw, HostPort.Parse(option, text[RawPrefix.Length..]), text);
        }

        if (text.Contains('@', StringComparison.Ordinal))
        {
            throw new CliException(ExitCode.Usage, $"{option} must be without a secret in it; use {Secrets.NatsUserVariable}, {Secrets.NatsPasswordVariable} or {Secrets.NatsTokenVariable}.");
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "nats" && url.Host.Length > 0)
        {
            return new PublishAddress(PublishKind.Nats, HostPort.Parse(option, $"{url.Host}:{(url.Port > 0 ? url.Port : NatsPort)}"), text);
        }

        throw new CliException(ExitCode.Usage, $"{option} '{text}' must be nats://host:port or raw:host:port.");
    }
}
