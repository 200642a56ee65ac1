using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Server.Sessions;

/// <summary>A device whose route is claimed and whose streams are read.</summary>
public sealed record OpenedSession(DeviceKey Device, ulong Epoch, DeviceOpened State);
