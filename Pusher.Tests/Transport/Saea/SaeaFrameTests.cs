using Pusher.Tests.Transport.Contract;

namespace Pusher.Tests.Transport.Saea;

public sealed class SaeaFrameTests() : FrameContractTests(new SaeaFactory());
