using Pusher.Router.Stores;

namespace Pusher.Bench.Store;

/// <summary>An append of a <see cref="StoreLoad"/>.</summary>
internal sealed class LoadAppend : AppendOperation
{
    private static readonly byte[] SharedPayload = new byte[128];
    private readonly StoreLoad _load;

    public LoadAppend(StoreLoad load, bool repeats)
    {
        _load = load;
        Repeats = repeats;
        Payload = SharedPayload;
    }

    /// <summary>It is sent again when it is answered, as long as the run lasts.</summary>
    public bool Repeats { get; }

    /// <summary>A time stamp of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long SentAt { get; set; }

    protected override void OnCompleted() => _load.OnAnswered(this);
}
