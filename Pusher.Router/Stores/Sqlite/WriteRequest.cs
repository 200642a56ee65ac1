using Pusher.Core.Identity;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// One request to the writer. A struct in the queue's array: an acknowledgement costs no object.
/// </summary>
/// <param name="Kind">What to do.</param>
/// <param name="Target">The <see cref="AppendOperation"/>, the <see cref="WriterCall"/>, or the result's text.</param>
/// <param name="Device">The device.</param>
/// <param name="Stream">The stream of an acknowledgement or a count of attempts.</param>
/// <param name="Number">The seq; for a result, the message id; for an append, the number of its hand-over.</param>
/// <param name="Value">The result, or the count of attempts.</param>
internal readonly record struct WriteRequest(WriteKind Kind, object? Target, DeviceKey Device, uint Stream, ulong Number, int Value)
{
    /// <summary>Payload bytes it holds in memory while it waits.</summary>
    public int Bytes => Target is AppendOperation append ? append.Payload.Length : 0;
}
