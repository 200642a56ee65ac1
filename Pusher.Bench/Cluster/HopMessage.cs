using Pusher.Router.Stores;

namespace Pusher.Bench.Cluster;

/// <summary>A message that is stored already.</summary>
internal sealed class HopMessage : AppendOperation
{
    protected override void OnCompleted() => throw new InvalidOperationException("no store has it");
}
