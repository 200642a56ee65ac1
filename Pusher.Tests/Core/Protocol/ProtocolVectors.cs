using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pusher.Tests.Support;

namespace Pusher.Tests.Core.Protocol;

/// <summary>docs/protocol-vectors.json, which a client in any language can test itself against.</summary>
public static class ProtocolVectors
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly JsonObject Root =
        JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.File("docs", "protocol-vectors.json")))!.AsObject();

    public static IReadOnlyList<FrameVector> Frames { get; } = Load<FrameVector>("frames");

    public static IReadOnlyList<ErrorVector> Errors { get; } = Load<ErrorVector>("errors");

    public static IReadOnlyList<LoginVector> Logins { get; } = Load<LoginVector>("login");

    public static IReadOnlyList<(string Hex, string Crc)> Checksums { get; } =
        [.. Root["crc32c"]!.AsArray().Select(row => ((string)row!["hex"]!, (string)row["crc32c"]!))];

    private static T[] Load<T>(string name) => Root[name].Deserialize<T[]>(Options)!;
}
