using Pusher.Tests.Transport.Contract;

namespace Pusher.Tests.Transport.Epoll;

public sealed class EpollFrameTests() : FrameContractTests(new EpollFactory());
