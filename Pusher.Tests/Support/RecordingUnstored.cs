using System.Collections.Concurrent;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Dispatch;

namespace Pusher.Tests.Support;

/// <summary>Takes QoS 0 messages and writes down what it got.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class RecordingUnstored : IUnstoredDelivery
{
    public ConcurrentQueue<(DeviceKey Device, byte[] Frame)> ToDevices { get; } = new();

    public ConcurrentQueue<(string Tenant, byte[] Frame)> ToTenants { get; } = new();

    /// <summary>What the next ones find.</summary>
    public UnstoredReach Reach { get; set; }

    public UnstoredReach ToDevice(DeviceKey device, in FrameLease frame)
    {
        ToDevices.Enqueue((device, frame.Bytes(FrameFlags.None).ToArray()));
        return Reach;
    }

    public UnstoredReach ToTenant(string tenant, in FrameLease frame)
    {
        ToTenants.Enqueue((tenant, frame.Bytes(FrameFlags.None).ToArray()));
        return Reach;
    }
}
