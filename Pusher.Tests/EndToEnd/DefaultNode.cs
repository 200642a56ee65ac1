using Pusher.Tests.Support;

namespace Pusher.Tests.EndToEnd;

/// <summary>A node as it comes, but with quick retries and sweeps.</summary>
public sealed class DefaultNode() : NatsNode("--ack-timeout", "500ms", "--sweep-interval", "100ms", "--heartbeat-min", "1s", "--node", "node-e2e");
