namespace Pusher.Cli.Load.Engine;

/// <summary>How many devices are to log in anew by now.</summary>
/// <remarks>Threading: on the engine's thread, but for <see cref="PerSecond"/>.</remarks>
internal sealed class ChurnPace
{
    private double _perSecond;
    private double _owed;
    private long _atMs;

    /// <summary>0 = none.</summary>
    public double PerSecond
    {
        get => Volatile.Read(ref _perSecond);
        set => Volatile.Write(ref _perSecond, value);
    }

    /// <summary>Those due and not taken yet; what could not be done within a second is forgotten.</summary>
    public int Due(long nowMs)
    {
        var perSecond = PerSecond;
        _owed = _atMs == 0 ? 0 : Math.Min(Math.Max(1, perSecond), _owed + (perSecond * (nowMs - _atMs) / 1_000));
        _atMs = nowMs;
        return (int)_owed;
    }

    /// <summary>One of them is on its way.</summary>
    public void Take() => _owed--;
}
