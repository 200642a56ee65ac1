using System.Buffers;
using System.Diagnostics;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// All publishing connections of a run. They live on the reactor of the devices: a message that arrives makes room for the next one in the same turn, and
/// one thread less takes processors from the server. At a rate the loop polls between messages that are due within two milliseconds.
/// </summary>
/// <remarks>Threading: on the reactor's thread, but for <see cref="ConnectAsync"/>, <see cref="Start"/>, <see cref="Stop"/> and <see cref="Wake"/>.</remarks>
internal sealed class PublishEngine
{
    private const int RetryMs = 1_000;
    private const int ConnectTimeoutMs = 10_000;
    private const int AnswerStallMs = 5_000;

    /// <summary>Messages of one turn, so that what devices have received does not wait for ever behind what is due.</summary>
    private const int PublishesPerTurnMax = 2_048;

    /// <summary>What a server has not taken of one connection before it is given more, in bytes.</summary>
    private const int BacklogBytesMax = 1 << 20;

    private readonly LoadOptions _options;
    private readonly int _devices;
    private readonly MessageLedger _ledger;
    private readonly PublishPace? _pace;
    private readonly PublishWindow? _window;
    private readonly LazyOutput _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _retryAtMs;
    private IReactorClient? _reactor;
    private long _published;
    private int _turn;
    private bool _begun;
    private volatile bool _connecting;
    private volatile bool _started;
    private volatile bool _stopped;

    public PublishEngine(LoadOptions options, PublishLink[] links, int devices, MessageLedger ledger)
    {
        _options = options;
        _devices = devices;
        _ledger = ledger;
        Links = links;
        _retryAtMs = new long[links.Length];
        _pace = options.Rate > 0 ? new PublishPace(options.Rate) : null;
        _window = options.Rate > 0 || links[0].HasAnswers ? null : new PublishWindow((long)options.Window * links.Length, ledger);
    }

    public PublishLink[] Links { get; }

    /// <summary>How many devices are connected, over all reactors; to be set before publishing starts.</summary>
    public Func<long> Live { get; set; } = static () => 0;

    /// <summary>Connects all, and completes when the server is ready for each.</summary>
    /// <exception cref="CliException">The server cannot be reached, or will not have a publisher.</exception>
    public async Task ConnectAsync(CancellationToken cancel)
    {
        _connecting = true;
        Wake();
        try
        {
            await _ready.Task.WaitAsync(TimeSpan.FromMilliseconds(ConnectTimeoutMs), cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CliException(ExitCode.Unreachable, $"The publishing side, {_options.Publish!.Name}, takes the connection and says nothing: is this the port to publish to?");
        }
    }

    /// <summary>Begins to publish.</summary>
    public void Start()
    {
        _started = true;
        Wake();
    }

    /// <summary>Publishes no more; answers are still read.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Something arrived on another reactor.</summary>
    public void Wake() => _reactor?.Wake();

    public void OnStarted(IReactorClient reactor) => _reactor = reactor;

    /// <summary>The link of a connection; null = it is no publisher's.</summary>
    public PublishLink? Find(ConnectionId connection)
    {
        foreach (var link in Links)
        {
            if (link.Connection == connection)
            {
                return link;
            }
        }

        return null;
    }

    public void OnConnected(PublishLink link)
    {
        link.Greet(_output.Of(_reactor!, link.Connection));
        CheckReady();
    }

    public SequencePosition OnReceived(PublishLink link, in ReadOnlySequence<byte> bytes)
    {
        var rest = bytes;
        var problem = link.Read(ref rest, _output.Of(_reactor!, link.Connection));
        if (problem is not null)
        {
            link.Note($"{_options.Publish!.Name}: {problem}");
            _ready.TrySetException(new CliException(ExitCode.Unreachable, $"The publishing side, {_options.Publish!.Name}: {problem}"));
            _reactor!.Close(link.Connection, CloseReason.BadFrame);
            return bytes.End;
        }

        CheckReady();
        return rest.Start;
    }

    public void OnClosed(PublishLink link, CloseReason reason)
    {
        var why = reason switch
        {
            CloseReason.ConnectRefused => "nobody listens there",
            CloseReason.ConnectFailed => "it cannot be reached",
            CloseReason.SlowReader => "it took nothing of what was published for too long",
            _ => $"the connection ended ({reason})",
        };
        link.Close();
        link.Connection = default;
        link.Note($"{_options.Publish!.Name}: {why}");
        _ready.TrySetException(new CliException(ExitCode.Unreachable, $"The publishing side, {_options.Publish!.Name}: {why}."));
        _retryAtMs[link.Number] = Environment.TickCount64 + RetryMs;
    }

    /// <summary>Connects and publishes what is due; returns how long the loop may sleep, in milliseconds, -1 = until something happens.</summary>
    public int OnTurn()
    {
        if (!_connecting)
        {
            return -1;
        }

        if (!_stopped)
        {
            Connect();
        }

        if (!_started || _stopped)
        {
            return _stopped ? -1 : RetryMs;
        }

        var now = Stopwatch.GetTimestamp();
        var sleepMs = _pace is null ? Fill(now) : Keep(_pace, now);
        Flush();
        return sleepMs;
    }

    private void Flush()
    {
        foreach (var link in Links)
        {
            if (link.Gathered > 0)
            {
                link.Flush(_reactor!.Output(link.Connection));
            }
        }
    }

    private void Connect()
    {
        for (var i = 0; i < Links.Length; i++)
        {
            if (Links[i].Connection == default && Environment.TickCount64 >= _retryAtMs[i])
            {
                Links[i].Connection = _reactor!.Connect(_options.Publish!.Remote, null);
            }
        }
    }

    private void CheckReady()
    {
        if (!_ready.Task.IsCompleted && Array.TrueForAll(Links, l => l.IsReady))
        {
            _ready.TrySetResult();
        }
    }

    private int Keep(PublishPace pace, long now)
    {
        if (!_begun)
        {
            _begun = true;
            pace.Start(now);
        }

        for (var sent = 0; pace.NextDueAt <= now; sent++)
        {
            var link = Links[pace.Next % Links.Length];
            if (sent == PublishesPerTurnMax || !CanTake(link))
            {
                return sent == PublishesPerTurnMax ? 0 : 1; // its due time stays
            }

            Send(link, pace.NextDueAt);
            pace.Take();
        }

        var sleepMs = pace.SleepMs(now);
        if (sleepMs == 0)
        {
            Thread.Yield(); // polling: whoever shares this processor goes first
        }

        return sleepMs;
    }

    private int Fill(long now)
    {
        var room = _window?.Room(_published, now) ?? long.MaxValue;
        var sent = 0;
        for (var idle = 0; idle < Links.Length && room > 0 && sent < PublishesPerTurnMax;)
        {
            var link = Links[_turn];
            _turn = (_turn + 1) % Links.Length;
            if (!CanTake(link) || !HasWindow(link, now))
            {
                idle++;
                continue;
            }

            Send(link, now);
            idle = 0;
            room--;
            sent++;
        }

        return sent == PublishesPerTurnMax ? 0 : PublishWindow.StallMs;
    }

    // A batch is begun when all of it fits: else the window would fill up with ever smaller ones.
    private bool HasWindow(PublishLink link, long now)
    {
        if ((link.Gathered > 0 || link.Outstanding + link.BatchSize <= _options.Window) && (!_options.Ordered || IsDeviceFree(link)))
        {
            return true;
        }

        if (Stopwatch.GetElapsedTime(link.ProgressAt, now).TotalMilliseconds < AnswerStallMs)
        {
            return false;
        }

        link.Note($"{_options.Publish!.Name}: no answer for {AnswerStallMs / 1_000} s");
        link.Forget();
        return true;
    }

    // Two publishes to one device at a time may be stored by two nodes, in either order: the one before, of whichever link, must be answered.
    private bool IsDeviceFree(PublishLink link)
    {
        var before = (link.Published * Links.Length) + link.Number - _devices;
        return before < 0 || !Links[before % Links.Length].IsOutstanding(before / Links.Length);
    }

    private bool CanTake(PublishLink link) => link.HasRoom && _reactor!.OutputBacklogBytes(link.Connection) < BacklogBytesMax;

    private void Send(PublishLink link, long dueAt)
    {
        _published++;
        if (_ledger.Fanout is { } fanout)
        {
            fanout.Begin(link.Number, link.Published, (int)Live());
            link.Publish(_reactor!.Output(link.Connection), LoadPayload.AllDevices, dueAt);
            return;
        }

        link.Publish(_reactor!.Output(link.Connection), MessageLedger.DeviceOf(link.Published, link.Number, Links.Length, _devices), dueAt);
    }
}
