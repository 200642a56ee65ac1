using System.Buffers.Binary;
using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using StackExchange.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>
/// The routes that nodes share, in hashes of about fifty devices that Redis keeps packed. A route names the incarnation of its node
/// and lives as long as that node's lease: a dead node's routes are void all at once, and a device costs no renewals.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class RedisRouteTable(RedisLink link, NodeMembership membership) : IRouteTable, IRouteRestorer
{
    // 16 hashes to a partition: 850,000 devices make 52 to a hash, below the 128 up to which Redis keeps it packed.
    private const int HashesPerPartition = 16;

    private const int RouteBytes = 30;

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">Redis does not answer, or this node has no lease now: nobody would find the route.</exception>
    public async ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, LoginOrder order, CancellationToken cancellationToken)
    {
        RequireLease();
        RedisValue[] arguments = [device.ToString(), membership.Incarnation, Client(order), order.Attempt];
        var result = await AskAsync(link.EvaluateAsync(RedisScript.Claim, [Key(device)], arguments), cancellationToken).ConfigureAwait(false);
        if ((int)result[0] == 0)
        {
            return null;
        }

        var route = new Route(membership.Node, (ulong)result[1], (long)result[2], order);
        return new RouteClaim(route, await ReadAsync((byte[])result[3]!).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">Redis does not answer.</exception>
    public async ValueTask<bool> ReleaseAsync(DeviceKey device, ulong epoch, CancellationToken cancellationToken)
        => (int)await AskAsync(link.EvaluateAsync(RedisScript.Release, [Key(device)], [device.ToString(), epoch]), cancellationToken).ConfigureAwait(false) == 1;

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">Redis does not answer.</exception>
    public async ValueTask<Route?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
    {
        var value = await AskAsync(link.InTime(link.Database.HashGetAsync(Key(device), device.ToString(), CommandFlags.DemandMaster)), cancellationToken).ConfigureAwait(false);
        return await ReadAsync((byte[]?)value).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RestoreOutcome>> RestoreAsync(IReadOnlyList<HeldRoute> held, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(held.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(held.Count, IRouteRestorer.RoutesMax);
        RequireLease();
        var keys = new RedisKey[held.Count];
        var arguments = new List<RedisValue>(1 + (5 * held.Count)) { membership.Incarnation };
        for (var i = 0; i < keys.Length; i++)
        {
            var route = held[i];
            keys[i] = Key(route.Device);
            // When the session began is not kept; its epoch was that time by Redis's clock, or a little more.
            arguments.AddRange([route.Device.ToString(), route.Epoch, route.Epoch, Client(route.Order), route.Order.Attempt]);
        }

        var outcomes = (string)(await AskAsync(link.EvaluateAsync(RedisScript.Restore, keys, [.. arguments]), cancellationToken).ConfigureAwait(false))!;
        return [.. outcomes.Select(digit => (RestoreOutcome)(digit - '0'))];
    }

    internal static string Key(in DeviceKey device)
    {
        var partition = Partition.Of(device, HashesPerPartition, out var hash);
        return string.Create(CultureInfo.InvariantCulture, $"{Partition.Tag(partition)}c{hash}");
    }

    private static byte[] Client(LoginOrder order)
    {
        var client = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(client, order.Instance);
        return client;
    }

    private void RequireLease()
    {
        if (!membership.IsHeld)
        {
            throw new StoreUnavailableException($"node '{membership.Node}' has no lease in Redis {link.Name} at the moment");
        }
    }

    // Null for none, and for one of a dead node: nobody is there who could be told.
    private async ValueTask<Route?> ReadAsync(byte[]? value)
    {
        if (value is not { Length: RouteBytes })
        {
            return null;
        }

        var incarnation = UInt48(value, 0);
        var order = new LoginOrder(BinaryPrimitives.ReadUInt64BigEndian(value.AsSpan(18)), BinaryPrimitives.ReadUInt32BigEndian(value.AsSpan(26)));
        return await membership.FindAsync(incarnation).ConfigureAwait(false) is { } node
            ? new Route(node.Node, UInt48(value, 6), (long)UInt48(value, 12), order) { NodeLifetime = incarnation == membership.Incarnation ? null : node.Lifetime }
            : null;
    }

    private static ulong UInt48(byte[] bytes, int at)
        => ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 2));

    private async Task<T> AskAsync<T>(Task<T> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsFault(e) && !cancellationToken.IsCancellationRequested)
        {
            throw link.Unavailable(e);
        }
    }
}
