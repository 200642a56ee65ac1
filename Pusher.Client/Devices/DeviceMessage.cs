using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>A message as it is handed to the application. Immutable for the application; the payload is its own copy.</summary>
public sealed class DeviceMessage
{
    internal DeviceMessage(in PushHead head, ReadOnlyMemory<byte> payload)
    {
        MessageId = head.MessageId;
        Stream = head.Stream;
        Seq = head.Seq;
        Priority = head.Priority;
        ExpiresAtUnixMs = head.ExpiresAtUnixMs;
        Redelivered = (head.Flags & PushFlags.Redelivery) != 0;
        ResultWanted = (head.Flags & PushFlags.ResultWanted) != 0;
        Payload = payload;
    }

    /// <summary>The server's id, unique over nodes, growing in time.</summary>
    public ulong MessageId { get; }

    /// <summary>The stream; 0 for a message without storage (QoS 0), which is sent once and never acknowledged.</summary>
    public uint Stream { get; }

    /// <summary>The place in the stream: 1, 2, 3, …; 0 for QoS 0.</summary>
    public ulong Seq { get; }

    /// <summary>0 (normal) to 255.</summary>
    public byte Priority { get; }

    /// <summary>When it stops being worth printing, Unix milliseconds of the server's clock; 0 = never.</summary>
    public long ExpiresAtUnixMs { get; }

    /// <summary>The server has sent it before. The library has seen to it that the application has not had it; this is for logs.</summary>
    public bool Redelivered { get; }

    /// <summary>The publisher asked for a result.</summary>
    public bool ResultWanted { get; }

    /// <summary>
    /// The process stopped while an earlier hand-over of this message was running, so it may have been printed already, wholly
    /// or in part. Only ever true with <see cref="InterruptedPolicy.HandOverAgain"/>: mark the ticket as a possible duplicate.
    /// </summary>
    public bool Interrupted { get; internal init; }

    /// <summary>The publisher's bytes, opaque.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The application is done with it, or it was skipped before it was handed over.</summary>
    internal bool Finished { get; set; }
}
