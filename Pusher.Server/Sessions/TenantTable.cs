using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Pusher.Router.Cluster;
using Pusher.Router.Routes;

namespace Pusher.Server.Sessions;

/// <summary>The tenants of this node. One that ever had a login stays: there are as many as in the credentials.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class TenantTable : ILocalMembers
{
    private readonly ConcurrentDictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public event Action<GroupKey>? Changed;

    /// <inheritdoc/>
    public IReadOnlyList<GroupKey> Groups => [.. _tenants.Keys.Select(GroupKey.AllOf)];

    /// <inheritdoc/>
    public int CountOf(GroupKey group) => group == GroupKey.AllOf(group.Tenant) && TryFind(group.Tenant, out var tenant) ? tenant.Online : 0;

    /// <summary>Finds a tenant that has had a login.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Tenant? tenant) => _tenants.TryGetValue(name, out tenant);

    public Tenant GetOrAdd(string name)
    {
        if (_tenants.TryGetValue(name, out var tenant))
        {
            return tenant;
        }

        lock (_gate)
        {
            // Not by GetOrAdd's factory, which may run twice and would leave holes in the numbers.
            if (!_tenants.TryGetValue(name, out tenant))
            {
                tenant = new Tenant(name, _tenants.Count, OnCounted);
                _tenants[name] = tenant;
            }

            return tenant;
        }
    }

    private void OnCounted(Tenant tenant) => Changed?.Invoke(GroupKey.AllOf(tenant.Name));
}
