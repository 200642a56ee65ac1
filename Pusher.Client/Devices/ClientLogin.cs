using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>The three steps of a login: HELLO, proof for the CHALLENGE, WELCOME.</summary>
internal sealed class ClientLogin(ClientSessionOptions options, IDedupeRing ring, IEntropy entropy)
{
    private readonly byte[] _clientNonce = new byte[ProtocolLimits.ClientNonceBytes];
    private LoginOrder _order = new(DrawInstance(entropy), 0);
    private bool _proved;

    /// <summary>Flags of every frame this side writes.</summary>
    public FrameFlags Flags { get; } = options.Checksum ? FrameFlags.Checksum : FrameFlags.None;

    /// <summary>Begins on a new connection.</summary>
    public void WriteHello(IBufferWriter<byte> output)
    {
        _proved = false;
        _order = _order with { Attempt = _order.Attempt + 1 };
        entropy.Fill(_clientNonce);
        FrameWriter.WriteHello(
            output,
            Flags,
            options.Window,
            options.HeartbeatMs,
            _clientNonce,
            options.Tenant,
            options.Device,
            options.Store,
            options.ClientVersion,
            options.Tags.ToArray(),
            ring.Positions.ToArray(),
            _order);
    }

    /// <summary>Answers the challenge; not <see cref="CloseReason.None"/> when it is malformed or the second one.</summary>
    public CloseReason OnChallenge(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (_proved)
        {
            return CloseReason.WrongState;
        }

        if (!ChallengeFrame.TryRead(payload, out var challenge))
        {
            return CloseReason.BadFrame;
        }

        _proved = true;
        Span<byte> proof = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.Compute(options.Key.Span, options.Tenant, options.Device, _clientNonce, challenge.ServerNonce, proof);
        FrameWriter.WriteProof(output, Flags, proof);
        return CloseReason.None;
    }

    /// <summary>Reads the welcome; it must follow a challenge.</summary>
    public CloseReason OnWelcome(ReadOnlySpan<byte> payload, out WelcomeFrame welcome)
    {
        welcome = default;
        if (!_proved)
        {
            return CloseReason.WrongState;
        }

        return WelcomeFrame.TryRead(payload, out welcome) && welcome.HeartbeatMs > 0 ? CloseReason.None : CloseReason.BadFrame;
    }

    /// <summary>The welcome for people.</summary>
    public static LoginInfo Describe(in WelcomeFrame welcome) => new(
        welcome.Epoch,
        Encoding.ASCII.GetString(welcome.Node),
        welcome.ServerTimeUnixMs,
        welcome.HeartbeatMs,
        welcome.Window,
        welcome.Resumed,
        welcome.Lost);

    private static ulong DrawInstance(IEntropy entropy)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return Math.Max(1, BinaryPrimitives.ReadUInt64BigEndian(bytes)); // 0 = not said
    }
}
