using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>
/// Tells the shared table which groups have devices on this node. The first device of a group and the departure of its last are written at once and told to
/// the other nodes; numbers in between every two seconds; all of it once more every five minutes, whatever was lost.
/// </summary>
/// <remarks>Threading: changes come from any thread and only mark their group; one loop reads the number and writes.</remarks>
internal sealed class GroupAnnouncer : IAsyncDisposable
{
    /// <summary>Groups in one write: some hundred commands on their way at once.</summary>
    private const int GroupsPerWriteMax = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(5);

    private readonly IGroupTable _table;
    private readonly ILocalMembers _members;
    private readonly ClusterSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<GroupKey, byte> _changed = new();
    private readonly ConcurrentDictionary<GroupKey, byte> _announced = new(); // with members
    private readonly SemaphoreSlim _urgent = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private int _isRebuilding;

    public GroupAnnouncer(IGroupTable table, ILocalMembers members, ClusterSender sender, TimeProvider time, ILogger log)
    {
        _table = table;
        _members = members;
        _sender = sender;
        _time = time;
        _log = log;
        members.Changed += OnChanged;
    }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>What was written may be lost: all of it is written and told again.</summary>
    public void Rebuild()
    {
        Volatile.Write(ref _isRebuilding, 1);
        Wake();
    }

    /// <summary>Ends the loop, and takes this node out of its groups as far as it can: a lease that ends does the same.</summary>
    public async ValueTask DisposeAsync()
    {
        _members.Changed -= OnChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
        _urgent.Dispose();
    }

    private void OnChanged(GroupKey group)
    {
        _changed.TryAdd(group, 0);
        if ((_members.CountOf(group) > 0) != _announced.ContainsKey(group))
        {
            Wake();
        }
    }

    private void Wake()
    {
        try
        {
            if (_urgent.CurrentCount == 0)
            {
                _urgent.Release();
            }
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else woke it, or it has ended.
        }
    }

    private async Task RunAsync()
    {
        var refreshedAt = _time.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref _isRebuilding, 0) == 1)
            {
                _announced.Clear();
                MarkAll();
            }
            else if (_time.GetElapsedTime(refreshedAt) > RefreshEvery)
            {
                refreshedAt = _time.GetTimestamp();
                MarkAll();
            }

            if (!await TryWriteAsync().ConfigureAwait(false) || _changed.IsEmpty)
            {
                await WaitAsync().ConfigureAwait(false);
            }
        }
    }

    private void MarkAll()
    {
        foreach (var group in _members.Groups)
        {
            _changed.TryAdd(group, 0);
        }
    }

    // Until the next turn, or until a group has got its first or lost its last member.
    private async Task WaitAsync()
    {
        try
        {
            await _urgent.WaitAsync(Pause, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The node goes down.
        }
    }

    // False when the table could not be written: what was taken is marked again.
    private async Task<bool> TryWriteAsync()
    {
        var counts = Take();
        if (counts.Count == 0)
        {
            return true;
        }

        try
        {
            await _table.WriteAsync(counts, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            foreach (var (group, _) in counts)
            {
                _changed.TryAdd(group, 0);
            }

            if (!_stopping.IsCancellationRequested)
            {
                ClusterLog.GroupsNotWritten(_log, counts.Count, e.Message);
                await Task.Delay(Pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // no sooner, however many log in
            }

            return false;
        }

        foreach (var (group, members) in counts)
        {
            if (members > 0 ? _announced.TryAdd(group, 0) : _announced.TryRemove(group, out _))
            {
                _sender.SendToAll(new GroupChangedEntry(group)); // behind the write: who asks now gets the new one
            }
        }

        return true;
    }

    private List<(GroupKey Group, int Members)> Take()
    {
        var counts = new List<(GroupKey, int)>();
        foreach (var group in _changed.Keys)
        {
            if (counts.Count == GroupsPerWriteMax)
            {
                break;
            }

            _changed.TryRemove(group, out _); // before its number is read: a change from now on marks it again
            counts.Add((group, _members.CountOf(group)));
        }

        return counts;
    }
}
