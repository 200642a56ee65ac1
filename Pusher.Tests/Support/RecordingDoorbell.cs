using System.Collections.Concurrent;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Dispatch;
using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>A doorbell that writes down who rang, and answers for presence.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class RecordingDoorbell : IDoorbell, IPresence
{
    public ConcurrentQueue<(DeviceKey Device, StoredMessage Message)> Messages { get; } = new();

    public ConcurrentQueue<(DeviceKey Device, uint Stream, ulong LastSeq)> Streams { get; } = new();

    /// <summary>What the next rings and look-ups find.</summary>
    public bool Online { get; set; }

    public long LastSeenUnixMs { get; set; }

    /// <summary>Called at each ring for a message.</summary>
    public Action? OnRing { get; set; }

    /// <summary>Called at each ring for a stream.</summary>
    public Action? OnRingStream { get; set; }

    public bool Ring(AppendOperation message)
    {
        OnRing?.Invoke();
        var copy = new StoredMessage
        {
            MessageId = message.MessageId,
            Stream = message.Stream,
            Seq = message.Seq,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
            Payload = message.Payload.ToArray(),
        };
        Messages.Enqueue((message.Device, copy));
        return Online;
    }

    public bool Ring(DeviceKey device, uint stream, ulong lastSeq)
    {
        OnRingStream?.Invoke();
        Streams.Enqueue((device, stream, lastSeq));
        return Online;
    }

    public bool? IsOnline(DeviceKey device, out long lastSeenUnixMs)
    {
        lastSeenUnixMs = LastSeenUnixMs;
        return Online;
    }
}
