using Pusher.Tests.Transport.Contract;
using Xunit;

namespace Pusher.Tests.Transport.Epoll;

[Collection(AloneDefinition.Name)]
public sealed class EpollAllocationTests() : AllocationContractTests(new EpollFactory());
