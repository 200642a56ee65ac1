using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>The first words between a client and a NATS server.</summary>
internal static class NatsHello
{
    /// <summary>What keeps this client from talking to the server of this INFO; null = nothing.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> info)
    {
        var reader = new Utf8JsonReader(info);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("tls_required"u8))
                {
                    reader.Read();
                    return reader.TokenType == JsonTokenType.True ? "this NATS server wants TLS, which the load generator does not speak; give it a listener without" : null;
                }
            }

            return null;
        }
        catch (JsonException)
        {
            return "its INFO is no JSON; does something else than NATS listen there?";
        }
    }

    /// <summary>CONNECT as JSON. User, password and token come from the environment; null = none.</summary>
    public static byte[] Connect(string name, string? user, string? password, string? token)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("CONNECT "u8);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("verbose", false);
            json.WriteBoolean("pedantic", false);
            json.WriteBoolean("headers", true);
            json.WriteBoolean("no_responders", true);
            json.WriteString("name", name);
            json.WriteString("lang", "dotnet");
            json.WriteString("version", "1");
            Write(json, "user", user);
            Write(json, "pass", password);
            Write(json, "auth_token", token);
            json.WriteEndObject();
        }

        buffer.Write("\r\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>CONNECT of the load generator.</summary>
    public static byte[] Connect(string name)
        => Connect(name, Secrets.Variable(Secrets.NatsUserVariable), Secrets.Variable(Secrets.NatsPasswordVariable), Secrets.Variable(Secrets.NatsTokenVariable));

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>What an -ERR says, without its quotes.</summary>
    public static string ErrorOf(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Trim().Trim('\'');
}
