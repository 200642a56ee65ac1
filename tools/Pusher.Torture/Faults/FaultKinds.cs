namespace Pusher.Torture.Faults;

/// <summary>Lists of faults as the command line has them.</summary>
internal static class FaultKinds
{
    /// <summary>All under which nothing accepted may be lost, and that need no root.</summary>
    public const string Default = "kill,freeze,redis,nats,drain,flap";

    /// <exception cref="FormatException">A name is not known.</exception>
    public static IReadOnlyList<FaultKind> Parse(string list)
    {
        var kinds = new List<FaultKind>();
        foreach (var name in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var kind = Enum.GetValues<FaultKind>().Where(kind => NameOf(kind) == name).Select(kind => (FaultKind?)kind).FirstOrDefault()
                ?? throw new FormatException($"--faults: '{name}' is none of {string.Join(", ", Enum.GetValues<FaultKind>().Select(NameOf))}");
            if (!kinds.Contains(kind))
            {
                kinds.Add(kind);
            }
        }

        return kinds;
    }

    public static string NameOf(FaultKind kind) => kind.ToString().ToLowerInvariant();
}
