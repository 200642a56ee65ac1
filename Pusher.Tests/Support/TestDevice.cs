using System.Security.Cryptography;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>A device and its secret.</summary>
public sealed class TestDevice
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(ProtocolLimits.KeyBytes);

    public TestDevice(string tenant, string device) => Identity = new DeviceKey(tenant, device);

    public DeviceKey Identity { get; }

    /// <summary>The secret that the device holds.</summary>
    public ReadOnlyMemory<byte> Key => _key;

    /// <summary>What the server may know of it.</summary>
    public byte[] StoredKey()
    {
        var stored = new byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(_key, stored);
        return stored;
    }

    /// <summary>Draws another key, as a replaced device has; the server does not know it yet.</summary>
    public void ChangeKey() => RandomNumberGenerator.Fill(_key);
}
