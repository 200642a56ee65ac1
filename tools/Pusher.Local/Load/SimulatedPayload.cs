using System.Text;

namespace Pusher.Local.Load;

/// <summary>What a message carries: its value, a blank, filling.</summary>
public static class SimulatedPayload
{
    /// <summary>At least <paramref name="bytes"/> bytes.</summary>
    public static byte[] Of(string value, int bytes) => Encoding.ASCII.GetBytes((value + ' ').PadRight(bytes, 'x'));

    public static string ValueIn(ReadOnlySpan<byte> payload)
    {
        var end = payload.IndexOf((byte)' ');
        return Encoding.ASCII.GetString(end < 0 ? payload : payload[..end]);
    }
}
