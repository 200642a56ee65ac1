using Microsoft.AspNetCore.Http;

namespace Pusher.Server.Http;

/// <summary>Reads a request body under a limit.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 4 * 1024;

    /// <summary>
    /// The body, or null when it is longer than <paramref name="bytesMax"/>: by its declared length without reading it, else as soon as a byte
    /// too many is there. Memory grows with what has arrived, never with what was declared.
    /// </summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        if (request.ContentLength > bytesMax)
        {
            return null;
        }

        var buffer = new byte[Math.Min(bytesMax + 1, FirstBytes)];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return buffer[..length];
            }

            length += read;
            if (length > bytesMax)
            {
                return null;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(bytesMax + 1, buffer.Length * 4));
            }
        }
    }
}
