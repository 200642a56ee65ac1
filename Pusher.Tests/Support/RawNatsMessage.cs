using System.Text;
using System.Text.Json;

namespace Pusher.Tests.Support;

/// <summary>What a <see cref="RawNatsClient"/> received.</summary>
public sealed record RawNatsMessage(string Subject, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public JsonElement Json => JsonDocument.Parse(Payload).RootElement;
}
