using System.Collections.Concurrent;
using Pusher.Router.Cache;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>Groups that several nodes of one test process share, with the contract of <see cref="IGroupTable"/>.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class SharedGroups
{
    private readonly ConcurrentDictionary<(GroupKey Group, string Node), int> _members = new();

    /// <summary>Look-ups fail.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>The leases of nodes that are known to be alive; one that is not here is not known.</summary>
    public ConcurrentDictionary<string, Lifetime> Leases { get; } = new();

    /// <summary>The table as one node sees it.</summary>
    public IGroupTable Of(string node) => new View(this, node);

    public Lifetime? LifetimeOf(string node) => Leases.GetValueOrDefault(node);

    /// <summary>How many devices of a group a node has told of; 0 = none.</summary>
    public int MembersAt(string node, GroupKey group) => _members.GetValueOrDefault((group, node));

    /// <summary>Writes as a node whose news are lost.</summary>
    public void Write(string node, GroupKey group, int members)
    {
        if (members == 0)
        {
            _members.TryRemove((group, node), out _);
        }
        else
        {
            _members[(group, node)] = members;
        }
    }

    /// <summary>Loses everything.</summary>
    public void Lose() => _members.Clear();

    private sealed class View(SharedGroups shared, string node) : IGroupTable
    {
        public ValueTask<GroupMembers?> FindAsync(GroupKey group, CancellationToken cancellationToken)
        {
            if (shared.IsUnavailable)
            {
                return ValueTask.FromException<GroupMembers?>(new StoreUnavailableException("the groups are away"));
            }

            var nodes = shared._members.Where(row => row.Key.Group == group)
                .Select(row => new GroupNode(row.Key.Node, row.Value, shared.LifetimeOf(row.Key.Node)))
                .ToArray();
            return new ValueTask<GroupMembers?>(nodes.Length == 0 ? null : new GroupMembers(nodes));
        }

        public ValueTask WriteAsync(IReadOnlyList<(GroupKey Group, int Members)> counts, CancellationToken cancellationToken)
        {
            if (shared.IsUnavailable)
            {
                return ValueTask.FromException(new StoreUnavailableException("the groups are away"));
            }

            foreach (var (group, members) in counts)
            {
                shared.Write(node, group, members);
            }

            return ValueTask.CompletedTask;
        }
    }
}
