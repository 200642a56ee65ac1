using Pusher.Core.Identity;

namespace Pusher.Core.Credentials;

/// <summary>A credentials file as a text to edit: what is not touched stays as it was, comments, blank lines and order included.</summary>
public sealed class CredentialsDocument
{
    private readonly List<(string Text, CredentialsEntry? Entry)> _lines;

    private CredentialsDocument(List<(string Text, CredentialsEntry? Entry)> lines) => _lines = lines;

    /// <summary>The devices, in the order of the file.</summary>
    public IEnumerable<CredentialsEntry> Entries => _lines.Where(l => l.Entry is not null).Select(l => l.Entry!);

    /// <summary>A new file.</summary>
    public static CredentialsDocument Empty() => new([(CredentialsLine.Header, null)]);

    /// <summary>Parses a file; <see cref="ToString"/> gives the same text back.</summary>
    /// <exception cref="CredentialsFormatException">A line is wrong; the message says which and what to do.</exception>
    public static CredentialsDocument Parse(string text)
    {
        var lines = new List<(string, CredentialsEntry?)>();
        var lineOf = new Dictionary<DeviceKey, int>();
        var hasHeader = false;
        foreach (var line in text.TrimEnd('\n', '\r').Split('\n'))
        {
            var number = lines.Count + 1;
            if (CredentialsLine.IsBlank(line))
            {
                lines.Add((line, null));
            }
            else if (!hasHeader)
            {
                CredentialsLine.CheckHeader(line, number);
                hasHeader = true;
                lines.Add((line, null));
            }
            else
            {
                lines.Add((line, ParseEntry(line, number, lineOf)));
            }
        }

        return hasHeader ? new CredentialsDocument(lines) : throw new CredentialsFormatException(0, $"the file is empty; its first line must be '{CredentialsLine.Header}'.");
    }

    /// <summary>Adds a device. False, and nothing changed, when it is there already: revoke it first, so that no key is replaced unnoticed.</summary>
    public bool Add(CredentialsEntry entry)
    {
        if (Find(entry.Device) >= 0)
        {
            return false;
        }

        var text = CredentialsLine.Format(entry);
        CredentialsLine.Parse(text, _lines.Count + 1, out _, out _, out _, out _); // what is written must be readable
        _lines.Add((text, entry));
        return true;
    }

    /// <summary>Takes a device out. False when it is not there.</summary>
    public bool Revoke(DeviceKey device)
    {
        var index = Find(device);
        if (index < 0)
        {
            return false;
        }

        _lines.RemoveAt(index);
        return true;
    }

    /// <summary>The whole file, with a newline at its end.</summary>
    public override string ToString() => string.Concat(_lines.Select(l => l.Text + "\n"));

    private static CredentialsEntry ParseEntry(string line, int number, Dictionary<DeviceKey, int> lineOf)
    {
        CredentialsLine.Parse(line, number, out var device, out var key, out var store, out var comment);
        if (!lineOf.TryAdd(device, number))
        {
            throw new CredentialsFormatException(number, $"{device} stands in line {lineOf[device]} already; take one of the two out.");
        }

        return new CredentialsEntry(device, key, store.IsEmpty ? null : store.ToString(), comment.IsEmpty ? null : comment.ToString());
    }

    private int Find(DeviceKey device) => _lines.FindIndex(l => l.Entry is { } entry && entry.Device == device);
}
