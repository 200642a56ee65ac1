namespace Pusher.Bench.Runs;

/// <summary>What one run of <c>pusher load</c> found.</summary>
internal sealed record LoadResult(IReadOnlyDictionary<string, double> Figures, IReadOnlyList<string> Problems)
{
    /// <summary>NaN when it was not found.</summary>
    public double this[string figure] => Figures.GetValueOrDefault(figure, double.NaN);
}
