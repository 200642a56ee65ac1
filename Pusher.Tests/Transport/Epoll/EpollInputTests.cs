using Pusher.Tests.Transport.Contract;

namespace Pusher.Tests.Transport.Epoll;

public sealed class EpollInputTests() : InputContractTests(new EpollFactory());
