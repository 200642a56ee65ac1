using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>
/// The groups that nodes share: a hash for each, node to its incarnation and its number of devices. An incarnation without a lease counts for nothing, so a dead
/// node leaves every group at once. A hash that nobody writes again is forgotten.
/// </summary>
/// <remarks>Threading: any thread. Single commands, each in one slot.</remarks>
public sealed class RedisGroupTable(RedisLink link, NodeMembership membership) : IGroupTable
{
    /// <summary>Several times as long as nodes take to write all their groups again.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(20);

    /// <inheritdoc/>
    public async ValueTask<GroupMembers?> FindAsync(GroupKey group, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await link.InTime(link.Database.HashGetAllAsync(Key(group))).WaitAsync(cancellationToken).ConfigureAwait(false);
            var nodes = new List<GroupNode>(rows.Length);
            foreach (var row in rows)
            {
                if (TryRead(row.Value, out var incarnation, out var members)
                    && await membership.FindAsync(incarnation).ConfigureAwait(false) is { } node)
                {
                    nodes.Add(new GroupNode(node.Node, members, node.Lifetime));
                }
            }

            return nodes.Count == 0 ? null : new GroupMembers(nodes);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<(GroupKey Group, int Members)> counts, CancellationToken cancellationToken)
    {
        try
        {
            var commands = new List<Task>(2 * counts.Count);
            foreach (var (group, members) in counts)
            {
                var key = Key(group);
                if (members == 0)
                {
                    commands.Add(link.InTime(link.Database.HashDeleteAsync(key, membership.Node)));
                    continue;
                }

                commands.Add(link.InTime(link.Database.HashSetAsync(key, membership.Node, Text(members))));
                commands.Add(link.InTime(link.Database.KeyExpireAsync(key, Retention)));
            }

            await Task.WhenAll(commands).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }

    internal static string Key(GroupKey group) => $"{Partition.Tag(Partition.Of(new DeviceKey(group.Tenant, group.Selector)))}g:{group}";

    private string Text(int members) => string.Create(CultureInfo.InvariantCulture, $"{membership.Incarnation} {members}");

    private static bool TryRead(string? text, out ulong incarnation, out int members)
    {
        incarnation = 0;
        members = 0;
        return text?.Split(' ') is [var first, var second]
            && ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out incarnation)
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out members);
    }
}
