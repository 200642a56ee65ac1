using System.Text;
using System.Text.Json;

namespace Pusher.Cli;

/// <summary>Writes one JSON object as one line to standard output.</summary>
internal static class JsonLine
{
    public static void Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        Console.Out.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
