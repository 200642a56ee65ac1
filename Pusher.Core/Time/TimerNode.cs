namespace Pusher.Core.Time;

/// <summary>A timer's place in a wheel: 24 bytes, nothing else is kept per timer.</summary>
internal struct TimerNode
{
    /// <summary><see cref="List"/> of a timer that is not scheduled.</summary>
    public const int NoList = -1;

    /// <summary>The first tick at which the deadline has come.</summary>
    public long DueTick;

    /// <summary>The next timer of the same list; the last one's is the first.</summary>
    public int Next;

    /// <summary>The one before; the first one's is the last.</summary>
    public int Previous;

    /// <summary>The list that it is in.</summary>
    public int List;
}
