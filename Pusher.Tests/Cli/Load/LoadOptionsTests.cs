using System.Net;
using Pusher.Cli;
using Pusher.Cli.Load;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Publishing;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class LoadOptionsTests
{
    private static readonly PublishAddress Broker = new(PublishKind.Broker, new IPEndPoint(IPAddress.Loopback, 1883), "broker");

    private static readonly LoadOptions Good = new()
    {
        Mode = LoadMode.Unicast,
        Server = new IPEndPoint(IPAddress.Loopback, 7800),
        Publish = new PublishAddress(PublishKind.Nats, new IPEndPoint(IPAddress.Loopback, 4222), "nats"),
        KeysFile = "keys",
    };

    public static TheoryData<string, Func<object>> Bad => new()
    {
        { "--devices", () => Good with { Devices = 0 } },
        { "--publishers", () => Good with { Publishers = 65 } },
        { "--payload", () => Good with { PayloadBytes = LoadPayload.Size - 1 } },
        { "--rate", () => Good with { Rate = -1 } },
        { "--rate", () => Good with { Rate = double.NaN } },
        { "--window", () => Good with { Window = 0 } },
        { "--duration", () => Good with { Duration = TimeSpan.Zero } },
        { "--warmup", () => Good with { Warmup = TimeSpan.FromSeconds(-1) } },
        { "--drain", () => Good with { Drain = TimeSpan.Zero } },
        { "--sources", () => Good with { Sources = 251 } },
        { "--sources", () => Good with { Sources = 1, Server = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1) } },
        { "--reactors", () => Good with { Reactors = 0 } },
        { "--logins-pending", () => Good with { LoginsPending = 0 } },
        { "--nats", () => Good with { Publish = null } },
        { "--rate", () => Good with { Mode = LoadMode.Churn } },
        { "--qos", () => Good with { Qos = 2 } },
        { "--qos", () => Good with { Protocol = LoadProtocol.Nats, KeysFile = "", Publish = Broker } },
        { "--keys", () => Good with { Protocol = LoadProtocol.Mqtt, Publish = Broker } },
        { "--publish", () => Good with { Protocol = LoadProtocol.Mqtt, KeysFile = "" } },
        { "--skip", () => Good with { Skip = -1 } },
        { "--qos", () => Good with { Mode = LoadMode.Fanout } },
        { "--ordered", () => Good with { Ordered = true, Rate = 10 } },
        { "--allow-loss", () => Good with { AllowLoss = true } },
        { "--publish", () => Good with { Mode = LoadMode.Fanout, Qos = 0, Publish = null } },
        { "--keys", () => Good with { KeysFile = "" } },
        { "--batch", () => Good with { Batch = 0 } },
        { "--batch", () => Good with { Batch = 1025 } },
        { "--batch", () => Good with { Batch = 16, Mode = LoadMode.Fanout, Qos = 0 } },
        { "--batch", () => Good with { Batch = 16, Publish = new PublishAddress(PublishKind.Raw, new IPEndPoint(IPAddress.Loopback, 1), "raw") } },
        { "--batch", () => Good with { Batch = 1024, PayloadBytes = 1024 } },
        { "--window", () => Good with { Batch = 16, Window = 15 } },
    };

    [Fact]
    public void Validate_Good_Passes()
    {
        Good.Validate();
        (Good with { Protocol = LoadProtocol.Mqtt, KeysFile = "", Publish = Broker }).Validate();
        (Good with { Batch = 1024 }).Validate();
        (Good with { Batch = 16, Window = 1, Rate = 5 }).Validate();
    }

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Validate_OneOptionWrong_NamesItAsUsage(string option, Func<object> options)
    {
        var problem = Assert.Throws<CliException>(((LoadOptions)options()).Validate);
        Assert.Equal(ExitCode.Usage, problem.ExitCode);
        Assert.Contains(option, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckFileLimit_TooLow_SaysWhatIsNeededAndWhatThereIs()
    {
        LoadLimits.CheckFiles(1_000, 20_000);
        var problem = Assert.Throws<CliException>(() => LoadLimits.CheckFiles(30_000, 20_000));
        Assert.Contains("30200", problem.Message, StringComparison.Ordinal);
        Assert.Contains("20000", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckPorts_TooFew_SaysHowManySourcesAreNeeded()
    {
        LoadLimits.CheckPorts(56_000, 2, 28_000);
        LoadLimits.CheckPorts(28_000, 0, 28_000);
        var problem = Assert.Throws<CliException>(() => LoadLimits.CheckPorts(56_001, 2, 28_000));
        Assert.Equal(ExitCode.Usage, problem.ExitCode);
        Assert.Contains("--sources 3", problem.Message, StringComparison.Ordinal);
        Assert.True(LoadLimits.ReadPortRange() > 1_000);
    }
}
