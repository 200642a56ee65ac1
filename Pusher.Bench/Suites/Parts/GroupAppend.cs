using Pusher.Router.Stores;

namespace Pusher.Bench.Suites.Parts;

/// <summary>An append that counts its answer down.</summary>
internal sealed class GroupAppend(CountdownEvent answers) : AppendOperation
{
    public override void OnCompleted() => answers.Signal();
}
