using System.Net;
using HdrHistogram;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Publishing;
using Pusher.Cli.Load.Report;
using Pusher.Transport;
using Pusher.Transport.Epoll;

namespace Pusher.Cli.Load.Engine;

/// <summary>All simulated devices of a run, over the engines.</summary>
/// <remarks>Threading: one thread at a time; the sums are of running engines.</remarks>
internal sealed class DeviceFleet : IAsyncDisposable
{
    private readonly DeviceEngine[] _engines;
    private readonly EpollConnector _connector;
    private readonly int _devices;

    public DeviceFleet(LoadOptions options, IReadOnlyList<LoadIdentity> identities, MessageLedger ledger, PublishEngine? publishing)
    {
        _devices = identities.Count;
        var sources = Enumerable.Range(0, options.Sources).Select(i => new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + i)]), 0)).ToArray();
        var shared = new EngineOptions(options.Server, sources, options.LoginsPending, options.HeartbeatMs, options.Publishers, options.Protocol, options.Qos);
        _engines = new DeviceEngine[options.Reactors];
        for (var e = 0; e < _engines.Length; e++)
        {
            var own = identities
                .Select((identity, number) => new LoadDevice { Number = number, Identity = identity })
                .Where(device => device.Number % _engines.Length == e);
            _engines[e] = new DeviceEngine(shared, [.. own], ledger);
        }

        _connector = new EpollConnector(new TransportOptions { Reactors = _engines.Length }, index => new LoadReactor(_engines[index], publishing, index == 0), NullLogger<EpollConnector>.Instance);
        _connector.Start();
    }

    public long Live => _engines.Sum(e => e.Counters.Live);

    public long Logins => _engines.Sum(e => e.Counters.Logins);

    public long ConnectFailures => _engines.Sum(e => e.Counters.ConnectFailures);

    public long Refusals => _engines.Sum(e => e.Counters.Refusals);

    public long Disconnects => _engines.Sum(e => e.Counters.Disconnects);

    public long Redeliveries => _engines.Sum(e => e.Counters.Redeliveries);

    public long Gaps => _engines.Sum(e => e.Counters.Gaps);

    public long Skipped => _engines.Sum(e => e.Counters.Skipped);

    public long Resets => _engines.Sum(e => e.Counters.Resets);

    /// <summary>Why a thread of the device side died: a defect of this program; null = none did.</summary>
    public Exception? Death => _connector.Completion.Exception?.GetBaseException();

    /// <summary>The first thing that went wrong; null = nothing.</summary>
    public string? Problem => _engines.Select(e => e.Counters.Problem).FirstOrDefault(p => p is not null);

    /// <summary>From due to publish until handed over. To be read when the fleet has ended.</summary>
    public LongHistogram Delivery => Merge(c => c.Delivery);

    /// <summary>From due to publish until the first device handed a message to all over. To be read when the fleet has ended.</summary>
    public LongHistogram FanoutFirst => Merge(c => c.FanoutFirst);

    /// <summary>The same until half of the devices had.</summary>
    public LongHistogram FanoutMedian => Merge(c => c.FanoutMedian);

    /// <summary>The same until the last device had.</summary>
    public LongHistogram FanoutLast => Merge(c => c.FanoutLast);

    /// <summary>From connecting to logged in. To be read when the fleet has ended.</summary>
    public LongHistogram Login => Merge(c => c.Login);

    /// <summary>True when a device lost its connection before the end, for whatever reason. To be asked when the fleet has ended.</summary>
    public bool HasLeft(int device) => _engines[device % _engines.Length].HasLeft(device / _engines.Length);

    /// <summary>Begins to connect about the first <paramref name="count"/> devices; returns how many exactly.</summary>
    public int Connect(int count)
    {
        var each = (count + _engines.Length - 1) / _engines.Length;
        foreach (var engine in _engines)
        {
            engine.Connect(each);
        }

        return Enumerable.Range(0, _engines.Length).Sum(e => Math.Min(each, (_devices - e + _engines.Length - 1) / _engines.Length));
    }

    /// <summary>Lets so many devices a second log in anew.</summary>
    public void Churn(double perSecond)
    {
        foreach (var engine in _engines)
        {
            engine.ChurnPerSecond = perSecond / _engines.Length;
        }
    }

    /// <summary>Messages due from one time stamp to another count for the latency.</summary>
    public void Measure(long from, long to)
    {
        foreach (var engine in _engines)
        {
            engine.Deliveries.MeasureTo = to;
            engine.Deliveries.MeasureFrom = from;
        }
    }

    /// <summary>Closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _engines)
        {
            engine.Stop();
        }

        await _connector.DisposeAsync().ConfigureAwait(false);
    }

    private LongHistogram Merge(Func<EngineCounters, LongHistogram> histogram)
    {
        var sum = Latency.NewHistogram();
        foreach (var engine in _engines)
        {
            sum.Add(histogram(engine.Counters));
        }

        return sum;
    }
}
