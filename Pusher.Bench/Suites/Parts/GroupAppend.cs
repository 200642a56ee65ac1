using Pusher.Router.Stores;

namespace Pusher.Bench.Suites.Parts;

/// <summary>An append that counts its answer down.</summary>
internal sealed class GroupAppend(CountdownEvent answers) : AppendOperation
{
    protected override void OnCompleted() => answers.Signal();
}
