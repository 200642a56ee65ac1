using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Router.Dispatch;

/// <summary>Rings for sessions of this node alone.</summary>
/// <remarks>Threading: any thread; must be quick and must not throw.</remarks>
public interface ILocalDoorbell : IDoorbell
{
    /// <summary>A message that another node has stored just now. True when a session of the device was told. Head and payload are copied before it returns.</summary>
    bool Ring(DeviceKey device, in PushHead head, ReadOnlySpan<byte> payload);
}
