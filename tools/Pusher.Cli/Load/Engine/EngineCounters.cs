using HdrHistogram;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Report;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Engine;

/// <summary>What one device engine has seen.</summary>
/// <remarks>Threading: written by the engine's thread, the numbers readable from any; the histograms only when the engine has ended.</remarks>
internal sealed class EngineCounters
{
    private long _live;
    private long _logins;
    private long _connectFailures;
    private long _refusals;
    private long _disconnects;
    private long _redeliveries;
    private long _gaps;
    private long _skipped;
    private long _resets;
    private string? _problem;

    public long Live => Volatile.Read(ref _live);

    public long Logins => Volatile.Read(ref _logins);

    /// <summary>Connections that were not made.</summary>
    public long ConnectFailures => Volatile.Read(ref _connectFailures);

    /// <summary>Devices that the server will not have: a wrong key.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Connections that ended without this side's doing.</summary>
    public long Disconnects => Volatile.Read(ref _disconnects);

    /// <summary>Messages that came again; they were not handed over.</summary>
    public long Redeliveries => Volatile.Read(ref _redeliveries);

    /// <summary>Messages that came before an earlier one; they were not handed over.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    /// <summary>Messages that the server said will not come.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Streams that the server began anew.</summary>
    public long Resets => Volatile.Read(ref _resets);

    /// <summary>The first thing that went wrong; null = nothing.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>From due to publish until handed over, in nanoseconds.</summary>
    public LongHistogram Delivery { get; } = Latency.NewHistogram();

    /// <summary>From due to publish until the first device handed it over, in nanoseconds.</summary>
    public LongHistogram FanoutFirst { get; } = Latency.NewHistogram();

    /// <summary>From due to publish until half of the devices had handed it over, in nanoseconds.</summary>
    public LongHistogram FanoutMedian { get; } = Latency.NewHistogram();

    /// <summary>From due to publish until the last device had handed it over, in nanoseconds.</summary>
    public LongHistogram FanoutLast { get; } = Latency.NewHistogram();

    /// <summary>From connecting to WELCOME, in nanoseconds.</summary>
    public LongHistogram Login { get; } = Latency.NewHistogram();

    public void LoggedIn(TimeSpan time)
    {
        _live++;
        _logins++;
        Latency.Record(Login, time);
    }

    public void Delivered(TimeSpan time, FanoutPlace place)
    {
        Latency.Record(Delivery, time);
        if (place == FanoutPlace.Other)
        {
            return;
        }

        if ((place & FanoutPlace.First) != 0)
        {
            Latency.Record(FanoutFirst, time);
        }

        if ((place & FanoutPlace.Median) != 0)
        {
            Latency.Record(FanoutMedian, time);
        }

        if ((place & FanoutPlace.Last) != 0)
        {
            Latency.Record(FanoutLast, time);
        }
    }

    public void LeftLive() => _live--;

    public void CountConnectFailure(CloseReason reason, object server)
    {
        Note(reason == CloseReason.ConnectRefused ? $"nobody listens on {server}" : $"connecting to {server} failed ({reason}): no route, no free source port (--sources gives more), or no file descriptor left");
        Volatile.Write(ref _connectFailures, _connectFailures + 1); // behind the note: who sees the count finds the reason
    }

    public void CountRefusal() => _refusals++;

    public void CountDisconnect() => _disconnects++;

    public void CountRedelivery() => _redeliveries++;

    public void CountGap() => _gaps++;

    public void CountSkipped(ulong messages) => _skipped += (long)messages;

    public void CountReset() => _resets++;

    /// <summary>The first one stays.</summary>
    public void Note(string problem) => Volatile.Write(ref _problem, _problem ?? problem);
}
