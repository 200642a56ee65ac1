namespace Pusher.Router.Dispatch;

/// <summary>Limits of the publish side.</summary>
public sealed record DispatchOptions
{
    /// <summary>Largest payload, bytes; 64 KiB by default. More lets one order block a slow link; devices refuse frames over their own limit.</summary>
    public int PayloadBytesMax { get; init; } = 64 * 1024;

    /// <summary>Time to live of a message that names none, milliseconds; 0 (the default) = it waits for its device for ever.</summary>
    public long TtlDefaultMs { get; init; }

    /// <summary>Publishes that may be under way to the store; the next is answered <c>store_unavailable</c>. 16,384 by default; less refuses bursts, more holds more memory.</summary>
    public int InFlightMax { get; init; } = 16_384;

    /// <summary>Payload bytes that may be under way to the store; 64 MiB by default.</summary>
    public long InFlightBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Throws with the name of the option that is out of range.</summary>
    public void Validate()
    {
        if (PayloadBytesMax is < 1 or > 1024 * 1024)
        {
            throw new ArgumentException("publish.payloadBytesMax must be 1 to 1,048,576.");
        }

        if (TtlDefaultMs is < 0 or > PublishTtl.Max)
        {
            throw new ArgumentException($"publish.ttlDefaultMs must be 0 to {PublishTtl.Max}.");
        }

        if (InFlightMax < 1 || InFlightBytesMax < PayloadBytesMax)
        {
            throw new ArgumentException("publish.inFlightMax must be at least 1 and publish.inFlightBytesMax at least publish.payloadBytesMax.");
        }
    }
}
