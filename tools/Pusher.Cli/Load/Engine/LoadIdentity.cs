using Pusher.Core.Identity;

namespace Pusher.Cli.Load.Engine;

/// <summary>A device and its key, 32 bytes.</summary>
internal sealed record LoadIdentity(DeviceKey Device, byte[] Key);
