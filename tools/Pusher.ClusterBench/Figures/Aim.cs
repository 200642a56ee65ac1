using System.Globalization;

namespace Pusher.ClusterBench.Figures;

/// <summary>What a figure is to reach.</summary>
/// <param name="Bound">The worst value that will do.</param>
/// <param name="IsLeast">More is better.</param>
internal sealed record Aim(double Bound, bool IsLeast)
{
    /// <summary>Not one.</summary>
    public static Aim None { get; } = AtMost(0);

    public static Aim AtLeast(double bound) => new(bound, IsLeast: true);

    public static Aim AtMost(double bound) => new(bound, IsLeast: false);

    /// <summary>False for what is no number.</summary>
    public bool IsReachedBy(double value) => IsLeast ? value >= Bound : value <= Bound;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsLeast ? ">=" : "<=")}{Bound}");
}
