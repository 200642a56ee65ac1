using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Local.Checking;

/// <summary>What is known of one message.</summary>
internal sealed class CheckedMessage(string value)
{
    public string Value { get; } = value;

    public DeviceKey? Device { get; set; }

    public PublishOutcome Answer { get; set; }

    public StreamPosition Place { get; set; }

    /// <summary>When the first attempt was about to be sent.</summary>
    public long FirstSentMs { get; set; } = long.MaxValue;

    /// <summary>The same of the last one; of an accepted message that is the one that was accepted.</summary>
    public long LastSentMs { get; set; } = long.MinValue;

    public long AcceptedAtMs { get; set; }

    public long HandedAtMs { get; set; }

    public bool Ended { get; set; }

    public List<(DeviceKey Device, int Client, StreamPosition Place)> HandedTo { get; } = [];
}
