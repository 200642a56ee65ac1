using System.Text;

namespace Pusher.Core.Protocol;

/// <summary>Sizes of strings on the wire, and the bounds a writer keeps.</summary>
internal static class Str8
{
    /// <summary>The length in bytes of a string that must fit; one that does not is a defect of the caller and throws.</summary>
    public static int Measure(ReadOnlySpan<char> value, int bytesMax, string name)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        return count <= bytesMax
            ? count
            : throw new ArgumentException($"{name} has {count} bytes; {bytesMax} is the most.", name);
    }

    /// <summary>
    /// Cuts a text for people to <see cref="ProtocolLimits.TextBytesMax"/> bytes, between two characters, and gives its length in
    /// bytes.
    /// </summary>
    public static int Cut(ref ReadOnlySpan<char> text)
    {
        // A char is at least one byte, so what is behind can never fit; this bounds the work for a long text.
        var cut = text.Length > ProtocolLimits.TextBytesMax;
        if (cut)
        {
            text = text[..ProtocolLimits.TextBytesMax];
        }

        var count = Encoding.UTF8.GetByteCount(text);
        while (count > ProtocolLimits.TextBytesMax || (cut && !text.IsEmpty && char.IsHighSurrogate(text[^1])))
        {
            cut = true;
            text = text[..^1];
            count = Encoding.UTF8.GetByteCount(text);
        }

        return count;
    }
}
