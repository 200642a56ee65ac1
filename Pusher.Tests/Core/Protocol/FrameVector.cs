using System.Text.Json.Nodes;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Core.Protocol;

/// <summary>A frame of docs/protocol-vectors.json.</summary>
public sealed record FrameVector(string Name, byte TypeCode, bool Canonical, JsonObject Fields, string Hex, string HexWithChecksum)
{
    public FrameType Type => (FrameType)TypeCode;

    public byte[] Bytes(bool checksum) => Convert.FromHexString(checksum ? HexWithChecksum : Hex);

    public override string ToString() => Name;
}
