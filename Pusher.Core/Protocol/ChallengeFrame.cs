namespace Pusher.Core.Protocol;

/// <summary>CHALLENGE, server to device: <c>32 B server nonce | TLVs to the end</c>. The spans point into the payload.</summary>
public readonly ref struct ChallengeFrame
{
    /// <summary><see cref="ProtocolLimits.ServerNonceBytes"/> random bytes, new for each connection.</summary>
    public ReadOnlySpan<byte> ServerNonce { get; private init; }

    /// <summary>The extensions, structure checked; walk them with a <see cref="TlvReader"/>.</summary>
    public ReadOnlySpan<byte> Extensions { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ChallengeFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadBytes(ProtocolLimits.ServerNonceBytes, out var nonce) & reader.TryReadExtensions(out var extensions);
        frame = ok ? new ChallengeFrame { ServerNonce = nonce, Extensions = extensions } : default;
        return ok;
    }
}
