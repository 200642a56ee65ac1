using System.Collections;
using System.Diagnostics.CodeAnalysis;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>A message's NATS headers as the bus shows them: by name without regard to case, the last value of a repeated one.</summary>
internal sealed class NatsHeaderView(NatsHeaders headers) : IReadOnlyDictionary<string, string>
{
    public int Count => headers.Count;

    public IEnumerable<string> Keys => headers.Keys;

    public IEnumerable<string> Values => headers.Values.Select(static v => v.Count == 0 ? "" : v[^1] ?? "");

    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    // The client's own table is case sensitive; a message has a handful of headers, so walking them is as fast as hashing.
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var (name, values) in headers)
        {
            if (name.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                value = values.Count == 0 ? "" : values[^1] ?? "";
                return true;
            }
        }

        value = null;
        return false;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        foreach (var (name, values) in headers)
        {
            yield return KeyValuePair.Create(name, values.Count == 0 ? "" : values[^1] ?? "");
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
