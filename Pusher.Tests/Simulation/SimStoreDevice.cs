using Pusher.Core.Identity;

namespace Pusher.Tests.Simulation;

/// <summary>A device in the model store.</summary>
public sealed class SimStoreDevice(DeviceKey device)
{
    public DeviceKey Device { get; } = device;

    public List<SimStream> Lanes { get; } = [];

    /// <summary>Streams that were given up: the lane that goes on, and how much was lost.</summary>
    public Dictionary<uint, (int Lane, uint Lost)> Retired { get; } = [];

    public Dictionary<string, SimMessage> ByValue { get; } = [];
}
