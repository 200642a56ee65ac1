namespace Pusher.Core.Identity;

/// <summary>
/// The rule for names of tenants, stores, devices, tags, nodes and sites: 1 to 64 characters of <c>[A-Za-z0-9_-]</c>.
/// Such a name is safe as a NATS subject token, as part of a Redis key and as a file name.
/// </summary>
public static class Identifier
{
    /// <summary>The longest identifier, in characters (and bytes: they are all ASCII).</summary>
    public const int LengthMax = 64;

    /// <summary>True when <paramref name="value"/> is a legal identifier.</summary>
    public static bool IsValid(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || value.Length > LengthMax)
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the ASCII bytes of <paramref name="value"/> are a legal identifier.</summary>
    public static bool IsValid(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.Length > LengthMax)
        {
            return false;
        }

        foreach (var b in value)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != (byte)'_' && b != (byte)'-')
            {
                return false;
            }
        }

        return true;
    }
}
