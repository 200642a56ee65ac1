namespace Pusher.Server.Sessions;

/// <summary>What a <see cref="FlapGuard"/> remembers of a device that was taken over.</summary>
/// <remarks>Threading: changed under its own lock; <see cref="DelayMs"/> and <see cref="RefusedUntilMs"/> are read without.</remarks>
internal sealed class FlapState
{
    private long _refusedUntilMs;
    private uint _delayMs;

    /// <summary>Takeovers in a row.</summary>
    public int Turns { get; set; }

    /// <summary>Monotonic.</summary>
    public long LastTurnMs { get; set; }

    /// <summary>For how long it was refused after the last one.</summary>
    public uint DelayMs
    {
        get => Volatile.Read(ref _delayMs);
        set => Volatile.Write(ref _delayMs, value);
    }

    /// <summary>Monotonic.</summary>
    public long RefusedUntilMs
    {
        get => Volatile.Read(ref _refusedUntilMs);
        set => Volatile.Write(ref _refusedUntilMs, value);
    }
}
