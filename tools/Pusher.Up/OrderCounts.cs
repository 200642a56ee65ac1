namespace Pusher.Up;

/// <summary>The figures of a run. <paramref name="Lost"/> is only meaningful when devices had time to take everything.</summary>
internal sealed record OrderCounts(int Published, int Accepted, int Handed, int Lost, int HandedTwice, int OutOfOrder)
{
    /// <summary>Nothing lost, nothing twice, nothing out of order, and something happened.</summary>
    public bool IsClean => Accepted > 0 && Lost == 0 && HandedTwice == 0 && OutOfOrder == 0;

    public override string ToString()
        => $"check: published={Published} accepted={Accepted} handed={Handed} lost={Lost} dup_handed={HandedTwice} out_of_order={OutOfOrder}";
}
