namespace Pusher.Core.Identity;

/// <summary>
/// The rule for a publisher's own message id (an order number, say): 1 to 64 printable ASCII characters, no space.
/// It is the dedupe key within one tenant and device.
/// </summary>
public static class PublisherId
{
    /// <summary>The longest publisher id, in characters.</summary>
    public const int LengthMax = 64;

    /// <summary>True when <paramref name="value"/> is a legal publisher id.</summary>
    public static bool IsValid(ReadOnlySpan<char> value)
        => !value.IsEmpty && value.Length <= LengthMax && !value.ContainsAnyExceptInRange('!', '~');

    /// <summary>True when the bytes of <paramref name="value"/> are a legal publisher id.</summary>
    public static bool IsValid(ReadOnlySpan<byte> value)
        => !value.IsEmpty && value.Length <= LengthMax && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
