using System.Text;
using System.Text.Unicode;
using Pusher.Client.Devices;
using Spectre.Console;

namespace Pusher.Cli.Commands;

/// <summary>Shows what a device lives through, for people or as JSON lines.</summary>
/// <remarks>Threading: messages and states come from different threads; each line is one locked write.</remarks>
internal sealed class DevicePrinter(bool json)
{
    private readonly Lock _gate = new();

    public void Message(DeviceMessage message)
    {
        lock (_gate)
        {
            if (json)
            {
                WriteJson(message);
            }
            else
            {
                var mark = message.Interrupted ? " [yellow](possible duplicate)[/]" : "";
                AnsiConsole.MarkupLine($"[green]{message.MessageId}[/] [grey]{message.Stream}/{message.Seq}[/]{mark} {Markup.Escape(Text(message.Payload.Span))}");
            }
        }
    }

    public void State(ClientStateChange change)
    {
        lock (_gate)
        {
            if (json)
            {
                JsonLine.Write(w =>
                {
                    w.WriteString("event", "state");
                    w.WriteString("state", change.State.ToString());
                    w.WriteString("reason", change.Reason.ToString());
                    w.WriteString("text", change.Text);
                    w.WriteString("address", change.Address);
                    w.WriteNumber("retry_in_ms", change.RetryInMs);
                    w.WriteString("node", change.Login?.Node);
                });
            }
            else
            {
                Console.Error.WriteLine(Describe(change));
            }
        }
    }

    public void Summary(int handled)
    {
        lock (_gate)
        {
            if (json)
            {
                JsonLine.Write(w =>
                {
                    w.WriteString("event", "end");
                    w.WriteNumber("handled", handled);
                });
            }
            else
            {
                Console.Error.WriteLine($"{handled} messages.");
            }
        }
    }

    private static void WriteJson(DeviceMessage message) => JsonLine.Write(w =>
    {
        w.WriteString("event", "message");
        w.WriteString("message_id", message.MessageId.ToString());
        w.WriteNumber("stream", message.Stream);
        w.WriteNumber("seq", message.Seq);
        w.WriteNumber("priority", message.Priority);
        w.WriteBoolean("redelivered", message.Redelivered);
        w.WriteBoolean("interrupted", message.Interrupted);
        if (Utf8.IsValid(message.Payload.Span))
        {
            w.WriteString("payload", message.Payload.Span);
        }
        else
        {
            w.WriteBase64String("payload_base64", message.Payload.Span);
        }
    });

    private static string Describe(ClientStateChange change) => change.State switch
    {
        ClientSessionState.Online => $"online at {change.Address} (node {change.Login?.Node}, heartbeat {change.Login?.HeartbeatMs} ms)",
        ClientSessionState.Waiting => $"offline: {change.Reason} ({change.Text}); next try in {change.RetryInMs} ms",
        ClientSessionState.Connecting => $"connecting to {change.Address}",
        ClientSessionState.LoggingIn => "logging in",
        _ => change.State.ToString().ToLowerInvariant(),
    };

    /// <summary>Control characters would play with the terminal.</summary>
    private static string Text(ReadOnlySpan<byte> payload)
        => Utf8.IsValid(payload)
            ? string.Concat(Encoding.UTF8.GetString(payload).Select(c => char.IsControl(c) && c != '\n' ? '.' : c))
            : $"{payload.Length} bytes: {Convert.ToHexString(payload[..Math.Min(32, payload.Length)])}";
}
