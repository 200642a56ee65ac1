namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// A stream and a seq as one integer key: the stream in the upper 32 bits, the seq in the lower. Integer keys are the
/// fastest that SQLite has, and a stream's messages lie side by side.
/// </summary>
/// <remarks>
/// A stream therefore ends at seq 4,294,967,295; appends beyond are refused. At one message a second that is 136 years.
/// Streams of 2^31 and more make negative keys; order within a stream is not touched by that.
/// </remarks>
internal static class StreamKey
{
    /// <summary>The highest seq of a stream.</summary>
    public const ulong SeqMax = uint.MaxValue;

    /// <summary>The key of one message.</summary>
    public static long Of(uint stream, ulong seq) => (long)(((ulong)stream << 32) | Math.Min(seq, SeqMax));

    /// <summary>The key behind which the stream's messages begin; seq 0 is never used.</summary>
    public static long Before(uint stream) => Of(stream, 0);

    /// <summary>The last key of the stream.</summary>
    public static long Last(uint stream) => Of(stream, SeqMax);

    public static uint Stream(long key) => (uint)((ulong)key >> 32);

    public static ulong Seq(long key) => (uint)key;
}
