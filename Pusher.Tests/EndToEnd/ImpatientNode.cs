using Pusher.Tests.Support;

namespace Pusher.Tests.EndToEnd;

/// <summary>A node that gives up quickly: on messages, on logins, on silent devices.</summary>
public sealed class ImpatientNode() : NatsNode(
    "--ack-timeout", "100ms", "--ack-timeout-max", "100ms", "--attempts-max", "3", "--sweep-interval", "100ms", "--login-timeout", "1s", "--heartbeat-min", "1s", "--send-stall", "1s");
