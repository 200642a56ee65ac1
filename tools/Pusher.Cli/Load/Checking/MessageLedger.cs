namespace Pusher.Cli.Load.Checking;

/// <summary>
/// The checker's books: what publishers were told and what devices handed over, and nothing the server says about itself. A device's counter of
/// one publisher must grow, for it publishes them in this order over one connection.
/// </summary>
/// <remarks>Threading: any thread; one publisher's answers come from one thread, one device's messages from one thread.</remarks>
internal sealed class MessageLedger
{
    private readonly MessageSet[] _accepted;
    private readonly MessageSet[] _refused;
    private readonly MessageSet[] _handed;
    private readonly long[] _published;
    private long _duplicated;
    private long _outOfOrder;
    private long _wrongDevice;
    private long _foreign;
    private long _handedCount;

    /// <param name="run">The number of this run, in every payload.</param>
    /// <param name="publishers">How many publishers there are.</param>
    public MessageLedger(ulong run, int publishers)
    {
        Run = run;
        _accepted = Sets(publishers);
        _refused = Sets(publishers);
        _handed = Sets(publishers);
        _published = new long[publishers];
    }

    public ulong Run { get; }

    /// <summary>The books of messages to all devices; null = each message is for one.</summary>
    public FanoutLedger? Fanout { get; init; }

    /// <summary>Messages handed over for the first time; those to all, by each device.</summary>
    public long Handed => Fanout?.Handed ?? Volatile.Read(ref _handedCount);

    /// <summary>Publishes of which nothing is under way any more.</summary>
    public long Arrived => Fanout?.Complete ?? Handed;

    /// <summary>The device that a message of a publisher is for: all publishers together go round all devices.</summary>
    public static int DeviceOf(long counter, int publisher, int publishers, int devices) => (int)(((counter * publishers) + publisher) % devices);

    /// <summary>A message is about to be published; counters of a publisher run from 0.</summary>
    public void Published(int publisher, long counter) => Volatile.Write(ref _published[publisher], counter + 1);

    /// <summary>The server answered that it is stored.</summary>
    public void Accepted(int publisher, long counter) => _accepted[publisher].Add(counter);

    /// <summary>The server answered that nothing was stored.</summary>
    public void Refused(int publisher, long counter) => _refused[publisher].Add(counter);

    /// <summary>A device hands a message over.</summary>
    /// <param name="message">What its payload says.</param>
    /// <param name="device">The number of the device.</param>
    /// <param name="counterBefore">The counter before of the same publisher on this device; -1 = none.</param>
    /// <returns>False when it does not count: of another run, or the second time.</returns>
    public bool HandOver(in LoadPayload message, int device, long counterBefore)
    {
        if (message.Run != Run || message.Publisher >= _handed.Length || (ulong)message.Counter >= (ulong)MessageSet.Capacity)
        {
            Interlocked.Increment(ref _foreign);
            return false;
        }

        if (message.Device != device)
        {
            Interlocked.Increment(ref _wrongDevice);
        }

        if (!_handed[message.Publisher].Add(message.Counter))
        {
            Interlocked.Increment(ref _duplicated);
            return false;
        }

        if (message.Counter < counterBefore)
        {
            Interlocked.Increment(ref _outOfOrder);
        }

        Interlocked.Increment(ref _handedCount);
        return true;
    }

    /// <summary>Goes through the books. Exact when nothing is under way any more.</summary>
    /// <param name="isExcused">
    /// True when what a publisher's message was accepted for need not arrive: nothing was promised, and its device was away. null = everything accepted must arrive.
    /// </param>
    public LoadVerdict Close(Func<int, long, bool>? isExcused = null)
    {
        var verdict = new LoadVerdict
        {
            Handed = Handed,
            DuplicatesHanded = Volatile.Read(ref _duplicated),
            OutOfOrder = Volatile.Read(ref _outOfOrder),
            WrongDevice = Volatile.Read(ref _wrongDevice),
            Foreign = Volatile.Read(ref _foreign),
        };
        for (var publisher = 0; publisher < _published.Length; publisher++)
        {
            verdict = Count(verdict, publisher, isExcused);
        }

        return verdict;
    }

    private LoadVerdict Count(LoadVerdict verdict, int publisher, Func<int, long, bool>? isExcused)
    {
        long accepted = 0, refused = 0, lost = 0, missed = 0, unexpected = 0;
        var published = Volatile.Read(ref _published[publisher]);
        for (long counter = 0; counter < published; counter++)
        {
            var isHanded = _handed[publisher].Contains(counter);
            if (_accepted[publisher].Contains(counter))
            {
                accepted++;
                if (!isHanded)
                {
                    var excused = isExcused?.Invoke(publisher, counter) ?? false;
                    lost += excused ? 0 : 1;
                    missed += excused ? 1 : 0;
                }
            }
            else if (_refused[publisher].Contains(counter))
            {
                refused++;
                unexpected += isHanded ? 1 : 0;
            }
        }

        return verdict with
        {
            Published = verdict.Published + published,
            Accepted = verdict.Accepted + accepted,
            Refused = verdict.Refused + refused,
            Unknown = verdict.Unknown + published - accepted - refused,
            Lost = verdict.Lost + lost,
            Missed = verdict.Missed + missed,
            Unexpected = verdict.Unexpected + unexpected,
        };
    }

    private static MessageSet[] Sets(int count) => [.. Enumerable.Range(0, count).Select(_ => new MessageSet())];
}
