using System.Text;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>Why a connection ended, with the server's hints when it gave some.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Text">For people.</param>
/// <param name="RetryAfterMs">Not before so many milliseconds; <see cref="ProtocolLimits.RetryNever"/> = not by itself.</param>
/// <param name="Elsewhere">Addresses to go to instead.</param>
internal sealed record Farewell(CloseReason Reason, string Text, uint RetryAfterMs, IReadOnlyList<string> Elsewhere)
{
    /// <summary>An end without words of the server.</summary>
    public static Farewell Own(CloseReason reason, string text) => new(reason, text, 0, []);

    /// <summary>Copies a frame. Addresses that are none are left out.</summary>
    public static Farewell From(in FarewellFrame frame)
    {
        var elsewhere = new List<string>();
        for (var i = 0; i < frame.ElsewhereCount; i++)
        {
            var address = Encoding.ASCII.GetString(frame.GetElsewhere(i));
            if (ServerAddress.TryParse(address, out _))
            {
                elsewhere.Add(address);
            }
        }

        return new Farewell(frame.Reason, Encoding.UTF8.GetString(frame.Text), frame.RetryAfterMs, elsewhere);
    }
}
