using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>What a WELCOME said.</summary>
public sealed record RawWelcome(WelcomeValues Values, string Node, IReadOnlyList<StreamPosition> Streams);
