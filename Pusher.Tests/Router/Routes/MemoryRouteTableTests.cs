using Pusher.Router.Routes;

namespace Pusher.Tests.Router.Routes;

/// <summary>The contract, kept by the table of a node that is alone.</summary>
public sealed class MemoryRouteTableTests : RouteTableContractTests
{
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override ValueTask<IRouteTable> OpenAsync() => new(new MemoryRouteTable(Node, TimeProvider.System));
}
