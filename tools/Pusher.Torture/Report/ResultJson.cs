using System.Text.Json;
using Pusher.Torture.Faults;

namespace Pusher.Torture.Report;

/// <summary>The result for programs.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Write(TortureResult result)
        => JsonSerializer.Serialize(
            new
            {
                good = result.IsGood,
                result.Problem,
                result.Options.Seed,
                result.Options.Seconds,
                result.Options.Nodes,
                result.Options.Devices,
                result.Options.Publishers,
                result.Options.Rate,
                result.Options.Broken,
                result.Report,
                result.OwnedTwice,
                faults = result.Faults.Select(fault => new { kind = FaultKinds.NameOf(fault.Kind), fault.Target, fault.FromMs, fault.ToMs, fault.Note }),
            },
            Indented);
}
