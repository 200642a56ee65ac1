using Pusher.Tests.Transport.Contract;
using Xunit;

namespace Pusher.Tests.Transport.Saea;

[Collection(AloneDefinition.Name)]
public sealed class SaeaAllocationTests() : AllocationContractTests(new SaeaFactory());
