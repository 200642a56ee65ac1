using System.Text.Json;

namespace Pusher.Client.Publishing;

/// <summary>What became of a message.</summary>
/// <param name="Status">How the question was answered.</param>
/// <param name="Answer">The node's JSON object as it came, new members included; undefined when there was none.</param>
public sealed record MessageLookup(MessageLookupStatus Status, JsonElement Answer)
{
    /// <summary>The message's state: <c>pending acked done expired dead cancelled collapsed</c>; null when not found.</summary>
    public string? State => Text("state");

    /// <summary>What the device reported; null when nothing.</summary>
    public string? Result => Text("result");

    private string? Text(string name)
        => Answer.ValueKind == JsonValueKind.Object && Answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
