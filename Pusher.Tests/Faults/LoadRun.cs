using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>
/// A node with NATS, devices and publishers under way, and one checker over all their logs. A test breaks things in the middle, then asks for
/// the verdict.
/// </summary>
public sealed class LoadRun : IAsyncDisposable
{
    private readonly List<LoadDevice> _devices = [];
    private readonly List<LoadPublisher> _publishers = [];

    private LoadRun(NatsServerProcess nats, TestNode node)
    {
        Nats = nats;
        Node = node;
    }

    public NatsServerProcess Nats { get; }

    public TestNode Node { get; }

    public DeliveryChecker Checker { get; } = new();

    public IReadOnlyList<LoadDevice> Devices => _devices;

    public IReadOnlyList<LoadPublisher> Publishers => _publishers;

    public List<TestDevice> Identities { get; } = [];

    public int Handed => _devices.Sum(d => d.Handed);

    public int Settled => _publishers.Sum(p => p.Settled);

    public int Unknown => _publishers.Sum(p => p.Unknown);

    /// <summary>Starts NATS and the node, and knows that many devices; nobody is connected yet.</summary>
    /// <param name="devices">How many devices there are.</param>
    /// <param name="environment">Of the first start of the node.</param>
    /// <param name="options">Further options of the node.</param>
    /// <param name="dataDirectory">Null = a temporary one.</param>
    public static async Task<LoadRun> StartAsync(int devices, (string Name, string Value)[]? environment = null, string[]? options = null, string? dataDirectory = null)
    {
        var nats = await NatsServerProcess.StartNewAsync();
        var node = new TestNode
        {
            NatsUrl = nats.Url,
            Options = ["--ack-timeout", "500ms", "--sweep-interval", "200ms", "--drain", "2s", .. options ?? []],
        }.OnFixedPorts();
        node.DataDirectory = dataDirectory ?? node.DataDirectory;
        var run = new LoadRun(nats, node);
        for (var i = 0; i < devices; i++)
        {
            run.Identities.Add(node.Credentials.Add($"printer-{i}"));
        }

        var isToDie = environment?.Any(e => e.Name == "PUSHER_CRASH_POINT") == true;
        try
        {
            await (isToDie ? node.StartToDieAsync(environment!) : node.StartAsync(environment ?? []));
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins to connect every device.</summary>
    public void StartDevices() => _devices.AddRange(Identities.Select(i => new LoadDevice(i, Node.Listen, Checker).Start()));

    /// <summary>Connects every device and waits until they are online.</summary>
    public async Task ConnectDevicesAsync()
    {
        StartDevices();
        foreach (var device in _devices)
        {
            await device.OnlineAsync();
        }
    }

    /// <summary>Starts publishers; each publishes to all devices in turn.</summary>
    public void StartPublishers(int count, int outstanding, int messagesMax = int.MaxValue, int paddingBytes = 0)
    {
        for (var i = 0; i < count; i++)
        {
            var publisher = new LoadPublisher($"pub{_publishers.Count}", Nats.Port, Identities.Select(d => d.Identity), Checker)
            {
                MessagesMax = messagesMax,
                PaddingBytes = paddingBytes,
                AnswerTimeoutMs = 500,
            };
            _publishers.Add(publisher.Start(outstanding));
        }
    }

    /// <summary>Waits until that many messages more than now were handed over.</summary>
    public Task HandedMoreAsync(int messages)
    {
        var goal = Handed + messages;
        return Expect.TrueAsync(() => Handed >= goal, $"{messages} more messages are handed over", Describe);
    }

    /// <summary>Lets the publishers settle what they began, waits until all accepted is handed over, and judges.</summary>
    public async Task<DeliveryReport> FinishAsync()
    {
        await Task.WhenAll(_publishers.Select(p => p.FinishAsync()));
        await Expect.TrueAsync(() => Checker.Outstanding == 0, "all accepted messages are handed over", Describe);
        return Checker.Report();
    }

    /// <summary>Where everything stands, for the message of a failed test.</summary>
    public string Describe()
        => $"\n{Checker.Report()}\n{string.Concat(_devices.Select(d => d.Describe()))}\n{string.Join('\n', Checker.Report().Findings.Take(5))}\n{Node.Logs}";

    /// <summary>The verdict must be clean, and must be about something.</summary>
    public void AssertClean(DeliveryReport report, int acceptedMin)
    {
        TestContext.Current.SendDiagnosticMessage("{0}: {1}", TestContext.Current.Test?.TestDisplayName ?? "", report);
        Assert.True(report.IsClean, $"{report}\n{string.Join('\n', report.Findings)}{Node.Process.Describe()}");
        Assert.True(report.Accepted >= acceptedMin, $"too little was accepted to say anything: {report}");
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_publishers.Select(p => p.DisposeAsync().AsTask()));
        await Task.WhenAll(_devices.Select(d => d.DisposeAsync().AsTask()));
        await Node.DisposeAsync();
        await Nats.DisposeAsync();
    }
}
