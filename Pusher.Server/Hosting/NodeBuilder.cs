using Microsoft.Extensions.Logging;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Sessions;
using Pusher.Core.Time;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Router.Faults;
using Pusher.Router.Routes;
using Pusher.Router.Stores.Sqlite;
using Pusher.Server.Credentials;
using Pusher.Server.Http;
using Pusher.Server.Sessions;
using Pusher.Transport;
using Pusher.Transport.Epoll;
using Pusher.Transport.Saea;

namespace Pusher.Server.Hosting;

/// <summary>Makes the parts of a node from its options, from the store outwards, and starts them: devices and publishers come last.</summary>
internal sealed class NodeBuilder(ServerOptions options, ILoggerFactory logs, NodeParts parts)
{
    /// <summary>The kernel's own time-out comes a little later than ours, so that a reader that stopped is named as what it is.</summary>
    private const int UserTimeoutMarginMs = 5_000;

    /// <summary>Descriptors of the store, the bus, HTTP (2,000 connections at most, hardly ever so many) and the runtime.</summary>
    private const int FilesForOthers = 512;

    private readonly SteadyTimeProvider _time = new(TimeProvider.System);

    public async Task BuildAsync()
    {
        if (!options.HasSharedCredentials)
        {
            OpenCredentialsFile();
        }

        parts.Control = new NodeControl(options, parts, _time);
        var cluster = options.Redis is null ? null : new ClusterBuilder(options, logs, parts, _time);
        await OpenStoreAsync(cluster).ConfigureAwait(false);
        parts.Credentials.Changed += OnKeysChanged;
        OpenBus();
        parts.Unstored = new UnstoredDelivery(parts.Directory, parts.Meter);
        cluster?.JoinNodes();
        parts.Events = new EventPublisher(parts.Bus, _time, parts.Meter, logs.CreateLogger<EventPublisher>());
        await SweepOnceAsync().ConfigureAwait(false);
        var ids = new MessageIdGenerator(_time, parts.Membership?.Number ?? options.NodeNumber ?? 0, parts.Store.HighestMessageId);
        MakeDispatcher(ids);
        await StartHttpAsync(ids).ConfigureAwait(false); // before the first device: the meters count only from here on
        await (parts.Cluster?.StartAsync(CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
        StartTransport();
        parts.Ingress = new NatsIngress(parts.Bus, parts.Dispatcher, logs.CreateLogger<NatsIngress>());
        await parts.Ingress.StartAsync(CancellationToken.None).ConfigureAwait(false);
        await parts.Readiness.StartAsync(CancellationToken.None).ConfigureAwait(false);
        NodeMeters.Observe(parts);
        HostLog.Started(
            logs.CreateLogger<Node>(),
            options.Node,
            parts.Transport.LocalEndPoint.ToString(),
            $"{options.Http.Address}:{parts.Http.Port}",
            parts.Redis is { } redis ? $"redis {redis.Name}" : options.DataDirectory,
            options.NatsUrl ?? "in-process",
            parts.Credentials.Summary);
    }

    private void OpenCredentialsFile()
    {
        try
        {
            parts.Credentials = new CredentialsFile(
                new CredentialsFileOptions { Path = options.CredentialsFile },
                _time,
                logs.CreateLogger<CredentialsFile>());
        }
        catch (CredentialsFormatException e)
        {
            throw new StartException(e.Message, e);
        }

    }

    private void OnKeysChanged(IReadOnlyList<DeviceKey> devices)
    {
        var logger = logs.CreateLogger<Node>();
        foreach (var device in devices)
        {
            if (parts.Directory.TryFind(device, out _))
            {
                HostLog.KeyRevoked(logger, device.ToString());
            }
        }

        var revoked = devices.ToHashSet();
        foreach (var reactor in parts.Reactors)
        {
            reactor.Mailbox.Post(new ReactorMail(ReactorMailKind.Revoked, default, revoked));
        }
    }

    private SqliteMessageStore OpenSqlite()
        => SqliteMessageStore.Open(
            new SqliteStoreOptions
            {
                DataDirectory = options.DataDirectory,
                QueueMessagesMax = options.QueueMessagesMax,
                QueueBytesMax = options.QueueBytesMax,
                DedupeRetention = options.DedupeRetention,
                StatusRetention = options.StatusRetention,
                FreeSpaceReserveBytes = options.DiskReserveBytes,
                WalBytesTarget = Math.Clamp(options.DiskReserveBytes / 8, 1 << 20, 32 << 20), // the log takes four targets at most, half of the reserve
                Time = _time,
            },
            logs.CreateLogger<SqliteMessageStore>());

    private async Task OpenStoreAsync(ClusterBuilder? cluster)
    {
        if (cluster is not null)
        {
            await cluster.OpenStoreAsync().ConfigureAwait(false);
            return;
        }

        parts.Store = OpenSqlite();
        parts.Routes = new MemoryRouteTable(options.Node, _time);
    }

    private void OpenBus()
    {
        if (options.NatsUrl is null)
        {
            parts.Bus = new InProcessBus(logs.CreateLogger<InProcessBus>());
            return;
        }

        try
        {
            parts.Bus = new NatsBus(
                new NatsBusOptions
                {
                    Url = options.NatsUrl,
                    ClientName = $"pusher {options.Node}",
                    User = options.NatsUser,
                    Password = SecretFile.Read(options.NatsPasswordFile, "nats-password-file"),
                    Token = SecretFile.Read(options.NatsTokenFile, "nats-token-file"),
                    CredentialsFile = options.NatsCredentialsFile,
                },
                logs.CreateLogger<NatsBus>());
        }
        catch (BusConfigurationException e)
        {
            throw new OptionsException(e.Message, e);
        }
    }

    // Before any device logs in: what expired while the node was down must not be sent.
    private async Task SweepOnceAsync()
    {
        parts.Sweeper = new Sweeper(
            parts.Store,
            parts.Doorbell,
            parts.Events,
            _time,
            new SweeperOptions { IntervalMs = options.SweepIntervalMs },
            parts.Meter,
            logs.CreateLogger<Sweeper>());
        await parts.Sweeper.TurnAsync(CancellationToken.None).ConfigureAwait(false);
        if (!BreakageSwitch.Has(Breakage.Sweep))
        {
            parts.Sweeper.Start();
        }
    }

    private void MakeDispatcher(MessageIdGenerator ids)
        => parts.Dispatcher = new Dispatcher(
            parts.Store,
            parts.Credentials,
            parts.Doorbell,
            parts.Cluster?.Presence ?? parts.Directory,
            parts.Cluster?.Unstored ?? parts.Unstored,
            ids,
            _time,
            new DispatchOptions
            {
                PayloadBytesMax = options.Session.PayloadBytesMax,
                TtlDefaultMs = (long)options.TtlDefault.TotalMilliseconds,
            },
            parts.Meter);

    private void StartTransport()
    {
        var services = new SessionServices(
            options.Session with { Breakage = SessionBreakages() },
            _time,
            parts.Store,
            parts.Routes,
            parts.Directory,
            parts.Credentials,
            parts.Events,
            parts.Meter,
            options.Limits)
        {
            Takeover = parts.Cluster?.Takeover ?? new NoTakeover(),
            Flaps = parts.Flaps = new FlapGuard(_time, logs.CreateLogger<FlapGuard>()),
        };
        var logger = logs.CreateLogger<DeviceReactor>();
        parts.PendingLogins = new PendingLogins(options.Limits.LoginsPendingMax, logger);
        var count = options.Reactors > 0 ? options.Reactors : Environment.ProcessorCount;
        var reactors = new DeviceReactor[count];
        for (var i = 0; i < count; i++)
        {
            reactors[i] = new DeviceReactor(services, parts.PendingLogins, logger);
        }

        parts.Reactors = reactors; // whole at once: keys may change from now on
        parts.Unstored.Attach(Array.ConvertAll(reactors, r => r.Mailbox));

        var transportOptions = new TransportOptions
        {
            EndPoint = options.Listen,
            Reactors = count,
            ConnectionsMax = ConnectionsThatFit(),
            SendStallMs = options.SendStallMs,
            TcpUserTimeoutMs = options.SendStallMs + UserTimeoutMarginMs,
        };
        parts.Transport = options.Transport == "epoll"
            ? new EpollTransport(transportOptions, index => parts.Reactors[index], logs.CreateLogger<EpollTransport>())
            : new SaeaTransport(transportOptions, index => parts.Reactors[index], logs.CreateLogger<SaeaTransport>());
        parts.Transport.Start();
    }

    // A runtime without a free descriptor cannot start a thread, and that ends the process: devices must not take the last ones.
    private int ConnectionsThatFit()
    {
        var files = OperatingSystem.IsLinux() ? OpenFileLimit.Raise() : long.MaxValue;
        var fit = (int)Math.Min(options.ConnectionsMax, Math.Max(1, files - FilesForOthers));
        if (fit < options.ConnectionsMax)
        {
            HostLog.FileLimit(logs.CreateLogger<Node>(), files, fit, options.ConnectionsMax);
        }

        return fit;
    }

    private static SessionBreakage SessionBreakages()
        => (BreakageSwitch.Has(Breakage.Retry) ? SessionBreakage.Retry : 0)
            | (BreakageSwitch.Has(Breakage.Fence) ? SessionBreakage.Fence : 0)
            | (BreakageSwitch.Has(Breakage.Resume) ? SessionBreakage.Resume : 0);

    private async Task StartHttpAsync(MessageIdGenerator ids)
    {
        parts.Readiness = new Readiness(
            parts.Bus,
            parts.Store,
            ids,
            _time,
            new ReadinessOptions { Node = options.Node, Site = options.Site },
            parts.Meter,
            logs.CreateLogger<Readiness>());
        try
        {
            parts.Http = new AdminServer(
                new AdminServerOptions
                {
                    Address = options.Http.Address.ToString(),
                    Port = options.Http.Port,
                    Token = SecretFile.Read(options.HttpTokenFile, "http-token-file"),
                    AdminToken = SecretFile.Read(options.AdminTokenFile, "admin-token-file"),
                    InsecureDev = options.InsecureDev,
                },
                parts.Dispatcher,
                parts.Store,
                parts.Readiness,
                parts.Control,
                parts.CredentialAdmin,
                _time,
                logs);
            await parts.Http.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            throw new OptionsException(e.Message, e);
        }
        catch (IOException e)
        {
            throw new StartException(e.Message, e);
        }
    }
}
