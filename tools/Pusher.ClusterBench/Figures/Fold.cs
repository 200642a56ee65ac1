namespace Pusher.ClusterBench.Figures;

/// <summary>How the values of several rounds become one.</summary>
internal enum Fold
{
    Median,
    Sum,
    Largest,
}
