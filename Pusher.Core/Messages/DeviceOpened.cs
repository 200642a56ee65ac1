namespace Pusher.Core.Messages;

/// <summary>What a session needs of the store when a device has logged in.</summary>
/// <param name="Streams">The device's streams; empty when nothing was ever published to it.</param>
/// <param name="Resets">Streams that were drawn anew because the store lost data; usually empty.</param>
public sealed record DeviceOpened(IReadOnlyList<StreamState> Streams, IReadOnlyList<StreamReset> Resets)
{
    /// <summary>A device to which nothing was ever published.</summary>
    public static DeviceOpened Nothing { get; } = new([], []);
}
