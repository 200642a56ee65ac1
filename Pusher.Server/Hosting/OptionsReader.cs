using System.Text.Json;

namespace Pusher.Server.Hosting;

/// <summary>
/// Reads the options of a node. Later places win: defaults, the file named by <c>--config</c> (a flat JSON object), the
/// environment (<c>PUSHER_SERVER_LISTEN</c>), the command line (<c>--listen value</c> or <c>--listen=value</c>).
/// </summary>
public static class OptionsReader
{
    private const string EnvironmentPrefix = "PUSHER_SERVER_";

    /// <exception cref="OptionsException">A key is unknown or a value is not legal.</exception>
    public static ServerOptions Read(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var given = ReadArguments(arguments, out var configFile);
        var options = new ServerOptions();
        if (configFile is not null)
        {
            options = ApplyFile(options, configFile);
        }

        foreach (var (name, value) in environment)
        {
            if (name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            {
                var key = name[EnvironmentPrefix.Length..].Replace('_', '-').ToLowerInvariant();
                options = Apply(options, key, value, $"environment variable {name}");
            }
        }

        foreach (var (key, value) in given)
        {
            options = Apply(options, key, value, $"option --{key}");
        }

        return Check(options);
    }

    private static List<(string Key, string Value)> ReadArguments(IReadOnlyList<string> arguments, out string? configFile)
    {
        configFile = null;
        var given = new List<(string, string)>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                throw new OptionsException($"'{argument}' is not an option; options look like --listen 127.0.0.1:7800 (see --help)");
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? argument[2..] : argument[2..equals];
            var value = equals >= 0 ? argument[(equals + 1)..] : string.Empty;
            if (equals < 0 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                value = arguments[++i];
            }

            if (key == "config")
            {
                configFile = value;
            }
            else
            {
                given.Add((key, value));
            }
        }

        return given;
    }

    private static ServerOptions ApplyFile(ServerOptions options, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var value = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
                options = Apply(options, property.Name, value, $"key '{property.Name}' of {file}");
            }

            return options;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new OptionsException($"the configuration file {file} cannot be used: {e.Message} (it must be one flat JSON object)", e);
        }
    }

    private static ServerOptions Apply(ServerOptions options, string key, string value, string source)
    {
        var definition = OptionTable.All.FirstOrDefault(d => d.Name == key)
            ?? throw new OptionsException($"{source}: there is no option '{key}'{Nearest(key)} (see --help)");
        try
        {
            return definition.Apply(options, value);
        }
        catch (FormatException e)
        {
            throw new OptionsException($"{source}: {e.Message}", e);
        }
    }

    private static string Nearest(string key)
        => OptionTable.All.FirstOrDefault(d => d.Name.Contains(key, StringComparison.Ordinal) || key.Contains(d.Name, StringComparison.Ordinal)) is { } near
            ? $", did you mean '{near.Name}'?"
            : string.Empty;

    // What no single key can see.
    private static ServerOptions Check(ServerOptions options)
    {
        Require(options.Session.HeartbeatMinMs <= options.Session.HeartbeatMaxMs, "heartbeat-min is longer than heartbeat-max");
        Require(options.Session.AckTimeoutMs <= options.Session.AckTimeoutMaxMs, "ack-timeout is longer than ack-timeout-max");
        Require(options.Session.PayloadBytesMax <= options.QueueBytesMax, "payload-max is larger than queue-bytes: no queue could hold one message");
        Require(options.DedupeRetention <= options.StatusRetention, "dedupe-retention is longer than status-retention");
        Require(options.NatsUser is null || options.NatsPasswordFile is not null, "nats-user needs nats-password-file");
        Require(options.RedisUser is null || options.RedisPasswordFile is not null, "redis-user needs redis-password-file");
        Require(options.Redis?.Contains("password=", StringComparison.OrdinalIgnoreCase) != true, "redis holds a password; give it by redis-password-file");
        Require(!options.HasSharedCredentials || options.Redis is not null, "credentials redis needs redis; a file of that name is ./redis");
        return options with { Session = options.Session with { Node = options.Node } };
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new OptionsException(message);
        }
    }
}
