using Pusher.Bench.Servers;

namespace Pusher.Bench.Runs;

/// <summary>The servers of <c>peers</c>: the product as it ships, what else one could run, and the floors of both.</summary>
internal static class PeerSubjects
{
    private const string Unacknowledged = "floor-qos0";

    public static IReadOnlyList<Subject> All(BenchOptions options) =>
    [
        new ServeSubject("floor", ServerKind.Floor, Parts(1)),
        new ServeSubject(Unacknowledged, ServerKind.Floor, [.. Parts(0), new(PartKind.FanOut, 0)]),
        new MosquittoSubject("mosquitto-qos0", [.. Parts(0), new(PartKind.FanOut, 0)]) { Baseline = Unacknowledged },
        new MosquittoSubject("mosquitto-qos1", Parts(1)),
        new NatsSubject("nats", [.. Parts(0), new(PartKind.FanOut, 0)]) { Baseline = Unacknowledged },
        new PusherSubject("pusher-qos1-nats", options.ServerDll, Parts(1)),
        new PusherSubject("pusher-qos1-nats-batch", options.ServerDll, [new(PartKind.Full)], batch: 16),
        new PusherSubject("pusher-qos0-nats", options.ServerDll, [.. Parts(0), new(PartKind.FanOut, 0)]) { Baseline = Unacknowledged },
        new ServeSubject("pusher-qos0-inprocess", ServerKind.Node, [.. Parts(0), new(PartKind.FanOut, 0)]) { Baseline = Unacknowledged },
    ];

    private static Part[] Parts(int qos) => [new(PartKind.Idle), new(PartKind.Full, qos), new(PartKind.Paced, qos), new(PartKind.Login)];
}
