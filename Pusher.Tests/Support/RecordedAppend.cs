using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>An append to a store without a dispatcher around it; counts its completions.</summary>
public sealed class RecordedAppend : AppendOperation
{
    public int Completions { get; private set; }

    protected override void OnCompleted() => Completions++;
}
