namespace Pusher.Cli.Load.Checking;

/// <summary>The checker's books of messages to all devices: each is to be handed over once by every device.</summary>
/// <remarks>Threading: any thread; <see cref="Begin"/> on one, and the messages of one device on one.</remarks>
internal sealed class FanoutLedger
{
    /// <summary>Publishes of one publisher that can be under way and still be timed.</summary>
    private const int RingSize = 1 << 14;

    private readonly ulong _run;
    private readonly Publish[][] _publishes;
    private readonly FanoutSeen[] _seen; // by device, then publisher
    private readonly long[] _handedBy;
    private long _handed;
    private long _duplicated;
    private long _outOfOrder;
    private long _wrong;
    private long _foreign;
    private long _complete;

    /// <param name="run">The number of this run, in every payload.</param>
    /// <param name="publishers">How many publishers there are.</param>
    /// <param name="devices">How many devices there are.</param>
    public FanoutLedger(ulong run, int publishers, int devices)
    {
        _run = run;
        _publishes = [.. Enumerable.Range(0, publishers).Select(_ => new Publish[RingSize])];
        _seen = new FanoutSeen[publishers * devices];
        Array.Fill(_seen, FanoutSeen.Nothing);
        _handedBy = new long[devices];
    }

    /// <summary>Deliveries, each once.</summary>
    public long Handed => Volatile.Read(ref _handed);

    /// <summary>Publishes that all devices have.</summary>
    public long Complete => Volatile.Read(ref _complete);

    /// <summary>A message is about to be published to so many devices.</summary>
    public void Begin(int publisher, long counter, int devices)
    {
        ref var publish = ref _publishes[publisher][counter % RingSize];
        publish.Got = 0;
        publish.Expected = devices;
        Volatile.Write(ref publish.Number, counter + 1);
    }

    /// <summary>A device hands a message over. False when it does not count: of another run, not to all, or the second time.</summary>
    public bool HandOver(in LoadPayload message, int device, out FanoutPlace place)
    {
        place = FanoutPlace.Other;
        if (message.Run != _run || message.Publisher >= _publishes.Length || message.Counter < 0)
        {
            Interlocked.Increment(ref _foreign);
            return false;
        }

        if (message.Device != LoadPayload.AllDevices)
        {
            Interlocked.Increment(ref _wrong);
            return false;
        }

        ref var seen = ref _seen[(device * _publishes.Length) + message.Publisher];
        if (!seen.Take(message.Counter, out var isLate))
        {
            Interlocked.Increment(ref _duplicated);
            return false;
        }

        if (isLate)
        {
            Interlocked.Increment(ref _outOfOrder);
        }

        _handedBy[device]++;
        Interlocked.Increment(ref _handed);
        place = PlaceOf(ref _publishes[message.Publisher][message.Counter % RingSize], message.Counter);
        return true;
    }

    /// <summary>Adds the deliveries to what the publishers' books say. Exact when nothing is under way any more.</summary>
    /// <param name="publishes">The publishers' books.</param>
    /// <param name="hasLeft">True when a device was away meanwhile; what it did not get is then not lost but missed.</param>
    public LoadVerdict Close(LoadVerdict publishes, Func<int, bool> hasLeft)
    {
        long lost = 0, missed = 0;
        for (var device = 0; device < _handedBy.Length; device++)
        {
            var lacking = Math.Max(0, publishes.Accepted - Volatile.Read(ref _handedBy[device]));
            lost += hasLeft(device) ? 0 : lacking;
            missed += hasLeft(device) ? lacking : 0;
        }

        return publishes with
        {
            Handed = Handed,
            Lost = lost,
            Missed = missed,
            DuplicatesHanded = Volatile.Read(ref _duplicated),
            OutOfOrder = Volatile.Read(ref _outOfOrder),
            WrongDevice = Volatile.Read(ref _wrong),
            Foreign = Volatile.Read(ref _foreign),
            Unexpected = 0,
        };
    }

    private FanoutPlace PlaceOf(ref Publish publish, long counter)
    {
        if (Volatile.Read(ref publish.Number) != counter + 1)
        {
            return FanoutPlace.Other; // so late that its place in the ring is another's
        }

        var got = Interlocked.Increment(ref publish.Got);
        var place = got == 1 ? FanoutPlace.First : FanoutPlace.Other;
        place |= got == (publish.Expected + 1) / 2 ? FanoutPlace.Median : FanoutPlace.Other;
        if (got == publish.Expected)
        {
            Interlocked.Increment(ref _complete);
            place |= FanoutPlace.Last;
        }

        return place;
    }

    private struct Publish
    {
        /// <summary>Its counter + 1; 0 = none.</summary>
        public long Number;
        public int Expected;
        public int Got;
    }
}
