using Pusher.Core.Protocol;

namespace Pusher.Tests.Core.Protocol;

/// <summary>Bad input of docs/protocol-vectors.json, and its exact answer.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Sender">device or server.</param>
/// <param name="State">greeting, proving, opening or live.</param>
/// <param name="Limit">Payload bytes allowed in that state.</param>
/// <param name="Hex">The bytes.</param>
/// <param name="At">The receiver answers after so many of them and not before.</param>
/// <param name="Reason">The answer.</param>
/// <param name="Checksum">True when HELLO had the checksum flag.</param>
public sealed record ErrorVector(string Name, string Sender, string State, int Limit, string Hex, int At, CloseReason Reason, bool Checksum)
{
    public byte[] Bytes => Convert.FromHexString(Hex);

    public override string ToString() => $"{State}: {Name}";
}
