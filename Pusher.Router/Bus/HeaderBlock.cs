using System.Text;

namespace Pusher.Router.Bus;

/// <summary>Makes the block that a <see cref="HeaderReader"/> reads, where no wire has made it.</summary>
internal static class HeaderBlock
{
    /// <summary>Empty when there are no headers.</summary>
    public static byte[] Of(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null or { Count: 0 })
        {
            return [];
        }

        var block = new StringBuilder("NATS/1.0\r\n");
        foreach (var (name, value) in headers)
        {
            block.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(block.Append("\r\n").ToString());
    }
}
