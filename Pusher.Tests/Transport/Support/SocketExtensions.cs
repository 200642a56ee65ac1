using System.Net.Sockets;
using Xunit;

namespace Pusher.Tests.Transport.Support;

internal static class SocketExtensions
{
    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await Until.DoneAsync(socket.SendAsync(bytes, TestContext.Current.CancellationToken).AsTask())..];
        }
    }

    public static async Task<byte[]> ReadExactlyAsync(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = await Until.DoneAsync(socket.ReceiveAsync(bytes.AsMemory(read), TestContext.Current.CancellationToken).AsTask());
            Assert.True(more > 0, $"the connection ended after {read} of {count} bytes");
            read += more;
        }

        return bytes;
    }

    /// <summary>Reads up to the orderly end of the connection; a reset is an error.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Socket socket)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await Until.DoneAsync(socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask());
            if (count == 0)
            {
                return all.ToArray();
            }

            all.Write(buffer, 0, count);
        }
    }

    /// <summary>Closes with a reset instead of an end.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
