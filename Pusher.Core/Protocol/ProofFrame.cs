namespace Pusher.Core.Protocol;

/// <summary>PROOF, device to server: <c>32 B proof | TLVs to the end</c>; see <see cref="LoginProof"/>. The spans point into the payload.</summary>
public readonly ref struct ProofFrame
{
    /// <summary><see cref="ProtocolLimits.KeyBytes"/> bytes.</summary>
    public ReadOnlySpan<byte> Proof { get; private init; }

    /// <summary>The extensions, structure checked; walk them with a <see cref="TlvReader"/>.</summary>
    public ReadOnlySpan<byte> Extensions { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ProofFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadBytes(ProtocolLimits.KeyBytes, out var proof) & reader.TryReadExtensions(out var extensions);
        frame = ok ? new ProofFrame { Proof = proof, Extensions = extensions } : default;
        return ok;
    }
}
