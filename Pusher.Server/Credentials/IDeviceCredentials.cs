using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Server.Credentials;

/// <summary>The devices and their keys, as this node knows them.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface IDeviceCredentials : IDeviceDirectory, IDisposable
{
    /// <summary>Devices whose key was revoked or replaced: their sessions must end. On a thread of the pool or of the bus; quick.</summary>
    event Action<IReadOnlyList<DeviceKey>>? Changed;

    /// <summary>True when what <see cref="TryGetStoredKey"/> says may be out of date or missing, and <see cref="AskAsync"/> knows better.</summary>
    bool MustAsk { get; }

    /// <summary>How many there are, or where, for the log.</summary>
    string Summary { get; }

    /// <summary>Writes the 32 bytes stored of the device's key to <paramref name="storedKey"/>; false, and nothing written, for a device that is not known here.</summary>
    bool TryGetStoredKey(DeviceKey device, Span<byte> storedKey);

    /// <summary>The stored key as it is now, never from a cache unless it cannot be asked for.</summary>
    ValueTask<CredentialAnswer> AskAsync(DeviceKey device);
}
