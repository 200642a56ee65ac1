using Microsoft.Extensions.Logging;
namespace Pusher.Server.Hosting;

/// <summary>All keys, in the order in which the help and docs/CONFIG.md list them.</summary>
public static class OptionTable
{
    private const int MiB = 1024 * 1024;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<OptionDefinition> All { get; } =
    [
        new("listen", "address:port", "127.0.0.1:7800", "Where devices connect. Port 0 takes any free port.", (o, v) => o with { Listen = OptionValue.EndPoint(v) }),
        new("http", "address:port", "127.0.0.1:7801", "Publishing over HTTP, message states, /metrics, /healthz, /readyz. Beyond loopback it needs http-token-file.", (o, v) => o with { Http = OptionValue.EndPoint(v) }),
        new("data", "directory", "pusher-data", "Where messages are kept. It must be on a disk that honours fsync; one node per directory.", (o, v) => o with { DataDirectory = OptionValue.Path(v) }),
        new("credentials", "file, or redis", "pusher-credentials.txt", "The devices and their hashed keys, written by 'pusher keys'. A file is watched: a good new one is taken over at once, a bad one is reported and the old one kept. redis: they are in the Redis of option redis, for all nodes, and are changed over HTTP with the token of admin-token-file. A file of that name is ./redis.", (o, v) => o with { CredentialsFile = OptionValue.Path(v) }),
        new("http-token-file", "file", "none", "First line: the bearer token that HTTP callers must show, at least 16 characters. None: no token is asked for, loopback only.", (o, v) => o with { HttpTokenFile = OptionValue.Path(v) }),
        new("admin-token-file", "file", "none", "First line: the bearer token of administrators, at least 16 characters, another one than http-token-file. None: nodes are not drained over HTTP.", (o, v) => o with { AdminTokenFile = OptionValue.Path(v) }),
        new("advertise", "host:port", "none", "Where devices of other nodes reach this one; a stopping node sends its devices there. None: listen. Needed when that is all addresses, or behind address translation.", (o, v) => o with { Advertise = OptionValue.HostPort(v) }),
        new("nats", "url", "none", "nats://host:port[,nats://host:port]. None: the bus stays inside the process and messages come in over HTTP only.", (o, v) => o with { NatsUrl = OptionValue.Path(v) }),
        new("nats-user", "name", "none", "User for NATS.", (o, v) => o with { NatsUser = OptionValue.Path(v) }),
        new("nats-password-file", "file", "none", "First line: the password for nats-user.", (o, v) => o with { NatsPasswordFile = OptionValue.Path(v) }),
        new("nats-token-file", "file", "none", "First line: the token for NATS.", (o, v) => o with { NatsTokenFile = OptionValue.Path(v) }),
        new("nats-credentials-file", "file", "none", "A .creds file for NATS. Needs a build with NatsWithNKeys=true.", (o, v) => o with { NatsCredentialsFile = OptionValue.Path(v) }),
        new("redis", "address", "none", "host:port[,host:port][,key=value] of one Redis, of sentinels (with serviceName=NAME) or of a Redis Cluster. Nodes that name the same one are a cluster: messages, routes and leases are there, and nothing is kept in data. None: one node alone.", (o, v) => o with { Redis = OptionValue.Path(v) }),
        new("redis-user", "name", "none", "User for Redis.", (o, v) => o with { RedisUser = OptionValue.Path(v) }),
        new("redis-password-file", "file", "none", "First line: the password for Redis.", (o, v) => o with { RedisPasswordFile = OptionValue.Path(v) }),
        new("accept-weak-durability", "true or false", "false", "Lets the node start on a Redis that is not set to appendonly yes, appendfsync always and maxmemory-policy noeviction. What was answered OK may be lost then.", (o, v) => o with { AcceptWeakDurability = OptionValue.Flag(v) }),
        new("site", "name", "site-1", "The nodes that share one Redis and one NATS; part of the subjects on which they talk. The same for all of them.", (o, v) => o with { Site = OptionValue.Name(v) }),
        new("node", "name", "node-1", "This node's name, unique in its cluster; devices see it in WELCOME. With redis a name that a live node has is refused.", (o, v) => o with { Node = OptionValue.Name(v) }),
        new("node-number", "0 to 1023", "none", "Part of every message id. None: 0, with redis one that follows from the node's name, or the next that no live node has. Two live nodes with one number would give the same id twice; with redis that is refused.", (o, v) => o with { NodeNumber = OptionValue.Int(v, 0, 1023) }),
        new("transport", "epoll, saea", "epoll on Linux, else saea", "How sockets are driven: epoll(7) directly, at half the CPU and a tenth of the memory, or by the portable SocketAsyncEventArgs.", (o, v) => o with { Transport = OptionValue.OneOf(v, "epoll", "saea") }),
        new("reactors", "0 to 256", "0", "Loop threads; 0 = one per processor. More only add switches.", (o, v) => o with { Reactors = OptionValue.Int(v, 0, 256) }),
        new("connections-max", "1 to 2000000", "1000000", "Connections of this node; further ones are closed at accept. The process's file limit bounds it as well.", (o, v) => o with { ConnectionsMax = OptionValue.Int(v, 1, 2_000_000) }),
        new("logins-pending-max", "1 to 1000000", "10000", "Connections that have not logged in yet; further ones are refused as busy. Too low: a reconnect storm takes longer; too high: a flood holds memory.", (o, v) => o with { Limits = o.Limits with { LoginsPendingMax = OptionValue.Int(v, 1, 1_000_000) } }),
        new("login-timeout", "1s to 5m", "10s", "From accept to a correct login. Too short: slow radios never log in; too long: idle sockets pile up.", (o, v) => o with { Session = o.Session with { LoginTimeoutMs = OptionValue.Milliseconds(v, Second, TimeSpan.FromMinutes(5)) } }),
        new("heartbeat", "1s to 1h", "60s", "For devices that propose none. A silent device is given up after one and a half of it and 5 s.", (o, v) => o with { Session = o.Session with { HeartbeatMs = OptionValue.Milliseconds(v, Second, TimeSpan.FromHours(1)) } }),
        new("heartbeat-min", "1s to 1h", "5s", "The shortest heartbeat granted. Too short costs CPU here and battery there.", (o, v) => o with { Session = o.Session with { HeartbeatMinMs = OptionValue.Milliseconds(v, Second, TimeSpan.FromHours(1)) } }),
        new("heartbeat-max", "1s to 1h", "10m", "The longest heartbeat granted. NAT tables forget idle connections after minutes.", (o, v) => o with { Session = o.Session with { HeartbeatMaxMs = OptionValue.Milliseconds(v, Second, TimeSpan.FromHours(1)) } }),
        new("window", "1 to 256 messages", "16", "Unacknowledged messages on the way to a device that proposes none.", (o, v) => o with { Session = o.Session with { WindowMessages = OptionValue.Int(v, 1, 256) } }),
        new("window-bytes", "1k to 64m", "256k", "Unacknowledged payload on the way to one device; one message is always allowed. Bounds what a slow reader can hold here.", (o, v) => o with { Session = o.Session with { WindowBytes = (int)OptionValue.Bytes(v, 1024, 64 * MiB) } }),
        new("ack-timeout", "100ms to 10m", "15s", "Without any acknowledgement for so long the window is sent again; doubled each time. Shorter than a printer needs for one order: needless repeats.", (o, v) => o with { Session = o.Session with { AckTimeoutMs = OptionValue.Milliseconds(v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)) } }),
        new("ack-timeout-max", "100ms to 1h", "2m", "Where the doubling ends.", (o, v) => o with { Session = o.Session with { AckTimeoutMaxMs = OptionValue.Milliseconds(v, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)) } }),
        new("attempts-max", "1 to 1000", "100", "A message sent so often without an acknowledgement ends as dead; a connection lost with the message on its way counts as well. With the default time-outs 100 are a good three hours. Too low: a printer without paper or with bad Wi-Fi loses orders; too high: a poison message blocks its device for long.", (o, v) => o with { Session = o.Session with { AttemptsMax = OptionValue.Int(v, 1, 1000) } }),
        new("payload-max", "1k to 1m", "64k", "The largest payload of a message.", (o, v) => o with { Session = o.Session with { PayloadBytesMax = (int)OptionValue.Bytes(v, 1024, MiB) } }),
        new("send-stall", "1s to 10m", "30s", "A device that takes nothing of what waits for it for so long is closed as a slow reader.", (o, v) => o with { SendStallMs = OptionValue.Milliseconds(v, Second, TimeSpan.FromMinutes(10)) }),
        new("qos0-backlog", "0 to 16m", "64k", "With more output than this waiting for a device, QoS 0 messages for it are dropped. Too little: a short stall loses them; too much: every slow device holds so much memory.", (o, v) => o with { Limits = o.Limits with { UnstoredBacklogBytesMax = (int)OptionValue.Bytes(v, 0, 16 * MiB) } }),
        new("ttl", "1s to 365d", "24h", "Time to live of messages that bring none. An order nobody took by then ends as expired.", (o, v) => o with { TtlDefault = OptionValue.Duration(v, Second, 365 * Day) }),
        new("queue-messages", "1 to 1000000", "1000", "Waiting messages of one device; a full queue refuses with queue_full.", (o, v) => o with { QueueMessagesMax = OptionValue.Int(v, 1, 1_000_000) }),
        new("queue-bytes", "64k to 1g", "4m", "Waiting payload of one device; a full queue refuses with queue_full.", (o, v) => o with { QueueBytesMax = (int)OptionValue.Bytes(v, 64 * 1024, 1024L * MiB) }),
        new("dedupe-retention", "1m to 30d", "24h", "For how long a publisher id is remembered. A retry that comes later is a new message.", (o, v) => o with { DedupeRetention = OptionValue.Duration(v, TimeSpan.FromMinutes(1), 30 * Day) }),
        new("status-retention", "24h to 30d", "48h", "For how long one can ask what became of a message that has ended. Longer costs disk.", (o, v) => o with { StatusRetention = OptionValue.Duration(v, Day, 30 * Day) }),
        new("disk-reserve", "0 to 1024g", "256m", "With less free disk than this, publishes are refused as store_unavailable while deliveries and acknowledgements go on.", (o, v) => o with { DiskReserveBytes = OptionValue.Bytes(v, 0, 1024L * 1024 * MiB) }),
        new("sweep-interval", "100ms to 1m", "1s", "How often expired messages are ended and waiting ones are rung for.", (o, v) => o with { SweepIntervalMs = OptionValue.Milliseconds(v, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)) }),
        new("drain", "0s to 10m", "10s", "The most that a stop may take, at SIGTERM or by 'pusher node drain'. A node that is alone tells its devices to come back within this time.", (o, v) => o with { DrainMs = OptionValue.Milliseconds(v, TimeSpan.Zero, TimeSpan.FromMinutes(10)) }),
        new("drain-spread", "0s to 10m", "5s", "The time over which a stopping node sends its devices to other nodes, slice by slice; less when they are fewer than 200 a second, and at most three quarters of drain. Too short: the other nodes are flooded with logins.", (o, v) => o with { DrainSpreadMs = OptionValue.Milliseconds(v, TimeSpan.Zero, TimeSpan.FromMinutes(10)) }),
        new("drain-lead", "0s to 10m", "0s", "How long a stopping node goes on as before after its readiness has failed, so that load balancers can see it. Part of drain.", (o, v) => o with { DrainLeadMs = OptionValue.Milliseconds(v, TimeSpan.Zero, TimeSpan.FromMinutes(10)) }),
        new("log-level", "debug, information, warning, error", "information", "The least important line that is logged. debug logs every connection.", (o, v) => o with { LogLevel = Enum.Parse<LogLevel>(OptionValue.OneOf(v, "debug", "information", "warning", "error"), ignoreCase: true) }),
        new("insecure-dev", "true or false", "false", "Lets the node start without a token beyond loopback, or with parts broken on purpose. Never in production.", (o, v) => o with { InsecureDev = OptionValue.Flag(v) }),
    ];
}
