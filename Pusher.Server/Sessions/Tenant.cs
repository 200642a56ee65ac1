namespace Pusher.Server.Sessions;

/// <summary>A tenant that has or had devices on this node, and how many are live on each reactor.</summary>
/// <remarks>Threading: any thread. Written at login and logout only, under a lock; read without.</remarks>
public sealed class Tenant(string name, int index, Action<Tenant> changed)
{
    private readonly Lock _gate = new();
    private int[] _online = [];
    private int _total;

    public string Name => name;

    /// <summary>A small, dense number, for arrays.</summary>
    public int Index => index;

    /// <summary>Live sessions on all reactors.</summary>
    public int Online => Volatile.Read(ref _total);

    /// <summary>Live sessions on one reactor.</summary>
    public int OnlineOn(int reactor)
    {
        var online = Volatile.Read(ref _online);
        return reactor < online.Length ? Volatile.Read(ref online[reactor]) : 0;
    }

    /// <summary>A session of the tenant went live (1) or ended (-1) on that reactor.</summary>
    public void Count(int reactor, int change)
    {
        lock (_gate)
        {
            if (reactor >= _online.Length)
            {
                var larger = new int[reactor + 1];
                _online.CopyTo(larger, 0);
                Volatile.Write(ref _online, larger);
            }

            Volatile.Write(ref _online[reactor], _online[reactor] + change);
            Volatile.Write(ref _total, _total + change);
        }

        changed(this);
    }
}
