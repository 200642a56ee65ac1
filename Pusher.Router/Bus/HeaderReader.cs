namespace Pusher.Router.Bus;

/// <summary>
/// Walks a NATS header block without making anything of it:
/// <code>
/// block  = "NATS/1.0" [ status ] CRLF *( name ":" value CRLF ) CRLF
/// </code>
/// Blanks around a value do not belong to it. A line without a colon is passed over: it was not made by a client that follows the grammar, and a
/// message is not refused for it.
/// </summary>
public ref struct HeaderReader
{
    private ReadOnlySpan<byte> _rest;

    /// <param name="block">The whole block, with its first line.</param>
    public HeaderReader(ReadOnlySpan<byte> block)
    {
        _rest = block;
        NextLine(); // the version
    }

    /// <summary>The next header, in the order of the wire; false when there is none.</summary>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!_rest.IsEmpty)
        {
            var line = NextLine();
            var colon = line.IndexOf((byte)':');
            if (colon > 0)
            {
                name = line[..colon];
                value = line[(colon + 1)..].Trim(" \t"u8);
                return true;
            }
        }

        name = default;
        value = default;
        return false;
    }

    private ReadOnlySpan<byte> NextLine()
    {
        var end = _rest.IndexOf("\r\n"u8);
        var line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 2)..];
        return line;
    }
}
