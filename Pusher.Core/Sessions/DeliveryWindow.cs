namespace Pusher.Core.Sessions;

/// <summary>
/// The state of one stream in one session. <c>Acked &lt;= Sent &lt;= MaxSent</c> and <c>Sent &lt;= Stored</c>:
/// <code>
///   1 .. Acked          the device took it
///   Acked+1 .. Sent     on the way (the window)
///   Sent+1 .. Stored    in the store, waiting for room in the window
/// </code>
/// It holds no message: what must be sent again is read again, so that a slow or dead device costs no memory.
/// </summary>
/// <remarks>
/// 40 bytes, as every session has one: all places but one are kept as distances from <see cref="Acked"/>, which the bound of a device's queue keeps small.
/// A distance beyond 32 bits would be cut to the largest: then less is sent and read than there is, until the device has acknowledged some.
/// </remarks>
internal struct DeliveryWindow
{
    private ulong _acked;
    private uint _sent;
    private uint _maxSent;
    private uint _stored;
    private ushort _attempts;

    /// <summary>A page was asked for and has not come.</summary>
    public bool Reading;

    public uint Stream;

    /// <summary>Payload sent since the window was last empty.</summary>
    public int BytesInFlight;

    /// <summary>When to act again (send again, or read again), monotonic milliseconds; <see cref="long.MaxValue"/> = never.</summary>
    public long DueMs;

    /// <summary>Tries of the lowest unacknowledged message that ended without an acknowledgement; 65,535 stands for more.</summary>
    public int Attempts
    {
        readonly get => _attempts;
        set => _attempts = (ushort)Math.Min(value, ushort.MaxValue);
    }

    /// <summary>Moves forward only. What lay behind it moves up to it.</summary>
    public ulong Acked
    {
        readonly get => _acked;
        set
        {
            var (sent, maxSent, stored) = (Sent, MaxSent, Stored);
            _acked = value;
            (Sent, MaxSent, Stored) = (sent, maxSent, stored);
        }
    }

    public ulong Sent
    {
        readonly get => _acked + _sent;
        set => _sent = Distance(value);
    }

    /// <summary>The highest seq this session ever sent; <see cref="Sent"/> goes back below it on a retry.</summary>
    public ulong MaxSent
    {
        readonly get => _acked + _maxSent;
        set => _maxSent = Distance(value);
    }

    /// <summary>The highest seq that is known to be stored.</summary>
    public ulong Stored
    {
        readonly get => _acked + _stored;
        set => _stored = Distance(value);
    }

    public readonly int InFlight => (int)Math.Min(_sent, int.MaxValue);

    /// <summary>True when one more may be sent; a message that is longer than the window may be on its way alone.</summary>
    public readonly bool HasRoom(int messages, SessionOptions options)
        => InFlight < messages && (BytesInFlight < options.WindowBytes || InFlight == 0);

    /// <summary>Everything through <paramref name="seq"/> was sent.</summary>
    public void Advance(ulong seq, SessionTime time, SessionOptions options)
    {
        // The first in flight starts the time-out; a deadline that stands with none in flight was for reading again.
        if (InFlight == 0 || DueMs == long.MaxValue)
        {
            var shift = Math.Min(Attempts, 20);
            DueMs = time.NowMs + Math.Min((long)options.AckTimeoutMs << shift, options.AckTimeoutMaxMs);
        }

        Sent = seq;
        MaxSent = Math.Max(MaxSent, seq);
    }

    /// <summary>Back to the lowest that is not acknowledged.</summary>
    public void GoBack()
    {
        Sent = Acked;
        BytesInFlight = 0;
        DueMs = long.MaxValue;
    }

    /// <summary>With messages in flight their acknowledgement, or its time-out, leads to the next read; its deadline must not move.</summary>
    public void ReadLater(SessionTime time, SessionOptions options)
    {
        if (InFlight == 0)
        {
            DueMs = time.NowMs + options.AckTimeoutMs;
        }
    }

    private readonly uint Distance(ulong seq) => seq <= _acked ? 0 : (uint)Math.Min(seq - _acked, uint.MaxValue);
}
