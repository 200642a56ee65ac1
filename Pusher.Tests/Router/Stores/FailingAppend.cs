using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>An append whose owner has a defect: it fails when it is told the answer.</summary>
public sealed class FailingAppend : AppendOperation
{
    protected override void OnCompleted() => throw new InvalidOperationException("a defect of the owner");
}
