using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Bus;

namespace Pusher.Tests.Router.Bus;

public sealed class InProcessBusTests : ClusterBusContractTests
{
    protected override Task<IClusterBus> OpenAsync(int capacity = 1024)
        => Task.FromResult<IClusterBus>(new InProcessBus(NullLogger<InProcessBus>.Instance, capacity));

    protected override ValueTask PublishWithHeadersAsync(IClusterBus bus, string subject, IReadOnlyDictionary<string, string> headers, byte[] payload)
    {
        ((InProcessBus)bus).Publish(new BusMessage(subject, null, headers, payload));
        return ValueTask.CompletedTask;
    }
}
