using System.Buffers;
using System.Security.Cryptography;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols;

/// <summary>The login of simulated devices: HELLO, and PROOF for the CHALLENGE.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal sealed class DeviceGreeter(int devices, uint heartbeatMs)
{
    private readonly byte[] _nonces = new byte[devices * ProtocolLimits.ClientNonceBytes];

    public void WriteHello(int index, in LoadDevice device, IBufferWriter<byte> output)
    {
        var nonce = NonceOf(index);
        RandomNumberGenerator.Fill(nonce);
        Span<StreamPosition> positions = stackalloc StreamPosition[ProtocolLimits.StreamsMax];
        var count = DeviceInbox.Positions(in device, positions);
        var identity = device.Identity.Device;
        FrameWriter.WriteHello(output, FrameFlags.None, 0, heartbeatMs, nonce, identity.Tenant, identity.Device, "", "pusher-load", [], positions[..count]);
    }

    /// <summary>False when the payload is no CHALLENGE.</summary>
    public bool TryProve(int index, in LoadDevice device, ReadOnlySpan<byte> challenge, IBufferWriter<byte> output)
    {
        if (!ChallengeFrame.TryRead(challenge, out var frame))
        {
            return false;
        }

        Span<byte> proof = stackalloc byte[ProtocolLimits.KeyBytes];
        var identity = device.Identity;
        LoginProof.Compute(identity.Key, identity.Device.Tenant, identity.Device.Device, NonceOf(index), frame.ServerNonce, proof);
        FrameWriter.WriteProof(output, FrameFlags.None, proof);
        return true;
    }

    private Span<byte> NonceOf(int index) => _nonces.AsSpan(index * ProtocolLimits.ClientNonceBytes, ProtocolLimits.ClientNonceBytes);
}
