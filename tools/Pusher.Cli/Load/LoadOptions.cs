using System.Net;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Publishing;
using Pusher.Core.Batches;

namespace Pusher.Cli.Load;

/// <summary>What one load run is to do. <see cref="Validate"/> names the first option that cannot work.</summary>
internal sealed record LoadOptions
{
    /// <summary>The window when none is given: keeps a node busy without being all of its latency.</summary>
    public const int WindowDefault = 2_000;

    /// <summary>The same for messages to all devices.</summary>
    public const int FanoutWindowDefault = 2;

    private const int DevicesMax = 1_000_000;
    private const int SourcesMax = 250;

    // What nats-server takes in one message unless it is told otherwise, and what an entry has beside its payload.
    private const int NatsMessageBytes = 1024 * 1024;
    private const int EntryBytes = 160;

    public required LoadMode Mode { get; init; }

    /// <summary>What the devices speak.</summary>
    public LoadProtocol Protocol { get; init; }

    /// <summary>Where the devices connect.</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>Where to publish; needed by <see cref="LoadMode.Unicast"/> and <see cref="LoadMode.Fanout"/>.</summary>
    public PublishAddress? Publish { get; init; }

    /// <summary>1 = acknowledged by the device, 0 = not.</summary>
    public int Qos { get; init; } = 1;

    /// <summary>With a window: never two publishes to one device that wait for their answer.</summary>
    public bool Ordered { get; init; }

    /// <summary>True when lost messages of QoS 0 are only a figure.</summary>
    public bool AllowLoss { get; init; }

    public string KeysFile { get; init; } = "";

    public int Devices { get; init; } = 1_000;

    /// <summary>Devices at the start of the key file that are left out.</summary>
    public int Skip { get; init; }

    /// <summary>Connections that publish.</summary>
    public int Publishers { get; init; } = 1;

    public int PayloadBytes { get; init; } = 128;

    /// <summary>Messages (churn: logins) a second over all publishers; 0 = as the window allows.</summary>
    public double Rate { get; init; }

    /// <summary>
    /// When there is no rate: publishes of one publisher that wait for their answer; where nothing answers a publish, that no device has handed over yet.
    /// </summary>
    public int Window { get; init; } = WindowDefault;

    /// <summary>Messages that go out in one batch when so many are due; 1 = each by itself.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Measured time, behind <see cref="Warmup"/>.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time under load before measuring starts.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long what was accepted may take to arrive behind the last publish.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>With QoS 0, when nothing more has arrived for so long, what is missing does not arrive any more: 0.1 s to 1 h. Shorter than a stall of the machine takes: late messages count as lost.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Source addresses 127.0.0.2 and up; 0 = the system's choice.</summary>
    public int Sources { get; init; }

    /// <summary>Threads of the device side; 1 leaves the other processors to the server.</summary>
    public int Reactors { get; init; } = 1;

    /// <summary>Connections of one thread that are being made at a time.</summary>
    public int LoginsPending { get; init; } = 256;

    /// <summary>Heartbeat that devices propose, in milliseconds; 0 = the server's.</summary>
    public uint HeartbeatMs { get; init; }

    /// <summary>Reads processor time and memory of this process; 0 = nothing is read.</summary>
    public int ServerPid { get; init; }

    /// <summary>The server's /metrics, for the bytes it allocates; null = not read.</summary>
    public Uri? MetricsUrl { get; init; }

    public string? JsonFile { get; init; }

    /// <summary>True when the mode publishes.</summary>
    public bool IsPublishing => Mode is LoadMode.Unicast or LoadMode.Fanout;

    /// <summary>Throws <see cref="CliException"/> with <see cref="ExitCode.Usage"/>.</summary>
    public void Validate()
    {
        Check("--devices", Devices, 1, DevicesMax);
        Check("--skip", Skip, 0, int.MaxValue - DevicesMax);
        Check("--publishers", Publishers, 1, 64);
        Check("--payload", PayloadBytes, LoadPayload.Size, 16 * 1024 * 1024);
        Check("--rate", Rate, 0, 10_000_000);
        Check("--window", Window, 1, 100_000);
        Check("--batch", Batch, 1, BatchFormat.EntriesMax);
        Require(Batch == 1 || (Mode == LoadMode.Unicast && Publish is null or { Kind: PublishKind.Nats }), "--batch is for the mode unicast with --nats: batches are Pusher's.");
        Require(Batch == 1 || Rate > 0 || Window >= Batch, "--window must be at least --batch: a batch is sent when all of it fits.");
        Require(Batch == 1 || (long)Batch * (PayloadBytes + EntryBytes) <= NatsMessageBytes, "--batch times --payload must fit into a NATS message, 1 MiB.");
        Check("--duration", Duration.TotalSeconds, 1, 7 * 24 * 3600);
        Check("--warmup", Warmup.TotalSeconds, 0, 3600);
        Check("--drain", Drain.TotalSeconds, 1, 3600);
        Check("--quiet", Quiet.TotalSeconds, 0.1, 3600);
        Check("--sources", Sources, 0, SourcesMax);
        Check("--reactors", Reactors, 1, 64);
        Check("--logins-pending", LoginsPending, 1, 10_000);
        Require(Sources == 0 || IPAddress.IsLoopback(Server.Address), "--sources are addresses of the loopback; the server is not on it.");
        Check("--qos", Qos, 0, 1);
        Require(!IsPublishing || Publish is not null, $"The mode {Mode.ToString().ToLowerInvariant()} publishes: give --nats URL or --publish raw:HOST:PORT.");
        Require(Mode != LoadMode.Fanout || Qos == 0, "The mode fanout is for --qos 0: a message to all devices is not stored.");
        Require(!Ordered || (Rate == 0 && Mode == LoadMode.Unicast && Qos == 1), "--ordered is for the mode unicast with --window and --qos 1: it waits for answers.");
        Require(!AllowLoss || Qos == 0, "--allow-loss is for --qos 0: what was accepted with QoS 1 must arrive.");
        Require(Mode != LoadMode.Churn || Rate > 0, "The mode churn needs --rate, in logins a second.");
        Require(Protocol == LoadProtocol.Pusher || KeysFile.Length == 0, "--keys are for Pusher's protocol; devices of a broker have names and no keys.");
        Require(Protocol == LoadProtocol.Pusher || Publish is null or { Kind: PublishKind.Broker }, "With --protocol mqtt and nats the publishers go to --server too: leave --nats and --publish out.");
        Require(Protocol != LoadProtocol.Nats || Qos == 0, "--protocol nats has no acknowledgement: give --qos 0.");
        Require(Protocol != LoadProtocol.Pusher || KeysFile.Length > 0, "Devices need keys: give --keys FILE; 'pusher load keys' makes one.");
    }

    private static void Check(string option, double value, double min, double max)
        => Require(value >= min && value <= max, $"{option} is {value}; it must be from {min} to {max}.");

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new CliException(ExitCode.Usage, problem);
        }
    }
}
