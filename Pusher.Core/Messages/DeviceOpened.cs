using Pusher.Core.Protocol;

namespace Pusher.Core.Messages;

/// <summary>What a session needs of the store when a device has logged in.</summary>
/// <param name="Streams">The device's streams; empty when nothing was ever published to it.</param>
/// <param name="Resets">Streams that were drawn anew because the store lost data; usually empty.</param>
public sealed record DeviceOpened(IReadOnlyList<StreamState> Streams, IReadOnlyList<StreamReset> Resets)
{
    /// <summary>A device to which nothing was ever published.</summary>
    public static DeviceOpened Nothing { get; } = new([], []);

    /// <summary>Messages that were lost, over all resets; <see cref="ProtocolLimits.LostUnknown"/> = not known.</summary>
    public uint Lost
    {
        get
        {
            var lost = 0u;
            for (var i = 0; i < Resets.Count; i++)
            {
                var more = Resets[i].Lost;
                lost = more > ProtocolLimits.LostUnknown - lost ? ProtocolLimits.LostUnknown : lost + more;
            }

            return lost;
        }
    }

    /// <summary>True when the device is told that a stream is over.</summary>
    public bool HasLeft(uint stream)
    {
        for (var i = 0; i < Resets.Count; i++)
        {
            if (Resets[i].OldStream == stream)
            {
                return true;
            }
        }

        return false;
    }
}
