using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pusher.Router.Dispatch;

/// <summary>
/// A writer of short JSON that is used again and again: <see cref="Rent"/>, write, publish <see cref="Written"/>, and dispose, which gives it back,
/// when the bytes are no longer needed: the bus may still hold them while its publish has not completed.
/// </summary>
/// <remarks>Threading: <see cref="Rent"/> and <see cref="Dispose"/> from any thread; a rented one belongs to its renter.</remarks>
internal sealed class JsonBuffer : IBusBuffer
{
    private const int PoolMax = 64;
    private const int KeptBytesMax = 16 * 1024;

    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Lock Gate = new();
    private static readonly Stack<JsonBuffer> Pool = new(PoolMax);

    private readonly ArrayBufferWriter<byte> _bytes = new(512);
    private readonly Utf8JsonWriter _json;

    private JsonBuffer() => _json = new Utf8JsonWriter(_bytes, Options);

    public Utf8JsonWriter Json => _json;

    /// <summary>What was written so far; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            _json.Flush();
            return _bytes.WrittenMemory;
        }
    }

    public static JsonBuffer Rent()
    {
        lock (Gate)
        {
            if (Pool.TryPop(out var buffer))
            {
                return buffer;
            }
        }

        return new JsonBuffer();
    }

    public void Dispose()
    {
        _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
        if (_bytes.Capacity > KeptBytesMax)
        {
            return;
        }

        lock (Gate)
        {
            if (Pool.Count < PoolMax)
            {
                Pool.Push(this);
            }
        }
    }
}
