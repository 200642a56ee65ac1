using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Tests.Simulation;

/// <summary>A message in the model store.</summary>
public sealed class SimMessage(DeviceKey device, string value, ulong id, byte[] payload)
{
    public DeviceKey Device { get; } = device;

    public string Value { get; } = value;

    public ulong Id { get; } = id;

    public byte[] Payload { get; } = payload;

    public uint Stream { get; set; }

    public ulong Seq { get; set; }

    public MessageState State { get; set; }

    public int Attempts { get; set; }

    public long AcceptedAtMs { get; init; }

    /// <summary>Steady Unix milliseconds; 0 = never.</summary>
    public long ExpiresAtUnixMs { get; init; }

    /// <summary>How often any session sent it.</summary>
    public int Pushes { get; set; }

    public StoredMessage ToStored() => new()
    {
        MessageId = Id,
        Stream = Stream,
        Seq = Seq,
        ExpiresAtUnixMs = ExpiresAtUnixMs,
        Attempts = Attempts,
        Payload = Payload,
    };
}
