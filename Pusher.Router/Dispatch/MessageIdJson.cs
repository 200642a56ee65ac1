using System.Globalization;
using System.Text.Json;

namespace Pusher.Router.Dispatch;

/// <summary>Message ids in JSON: a string of decimal digits, for a JavaScript number ends at 53 bits.</summary>
internal static class MessageIdJson
{
    public static void Write(Utf8JsonWriter json, ulong messageId)
    {
        Span<byte> digits = stackalloc byte[20];
        messageId.TryFormat(digits, out var written, default, CultureInfo.InvariantCulture);
        json.WriteString("message_id"u8, digits[..written]);
    }
}
