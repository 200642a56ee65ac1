using Pusher.Tests.Transport.Contract;

namespace Pusher.Tests.Transport.Saea;

public sealed class SaeaListenerTests() : ListenerContractTests(new SaeaFactory());
