namespace Pusher.Core.Batches;

/// <summary>
/// Many publishes in one message, and their answers, in MessagePack:
/// <code>
/// batch  = [version, [entry, …]]
/// entry  = [device, publisher id | nil, payload, ttl | nil, priority | nil, qos | nil]     the last three may be left out
/// answer = [version, status, error | nil, [result, …]]
/// result = [status, message id, stream, seq, duplicate, retry, queue depth | nil, online | nil, reached | nil, error | nil]
/// </code>
/// Elements at the end of an array that a reader does not know are skipped; what changes the meaning of those in front gets another version.
/// </summary>
public static class BatchFormat
{
    /// <summary>The version that this program writes, and the only one it reads.</summary>
    public const byte Version = 1;

    /// <summary>The most entries of a batch. More would hold up the node's NATS connection for milliseconds and have one lost answer leave thousands unknown.</summary>
    public const int EntriesMax = 1024;

    /// <summary>No answer is longer, in bytes: results without their texts take up to 43 each.</summary>
    public const int AnswerBytesMax = 64 * 1024;

    /// <summary>Bytes of texts in an answer; results beyond have none.</summary>
    public const int ErrorBytesMax = 16 * 1024;

    /// <summary>Bytes of one text.</summary>
    public const int ErrorTextBytesMax = 240;

    internal const int EntryElementsMin = 3;
    internal const int ResultElements = 10;
    internal const int HeadBytesMax = 1 + 1 + 5;
}
