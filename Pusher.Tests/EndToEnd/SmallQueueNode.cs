using Pusher.Tests.Support;

namespace Pusher.Tests.EndToEnd;

/// <summary>A node whose queues are quickly full.</summary>
public sealed class SmallQueueNode() : NatsNode("--queue-messages", "5");
