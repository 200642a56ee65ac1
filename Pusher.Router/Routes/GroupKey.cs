namespace Pusher.Router.Routes;

/// <summary>A group of devices of a tenant, as publishers name it.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Selector">
/// Which of its devices, as it stands in the subject behind the tenant: <c>all</c>. Others (<c>store.NAME</c>, <c>tag.NAME</c>) would stand beside it.
/// </param>
public readonly record struct GroupKey(string Tenant, string Selector)
{
    /// <summary>The longest <see cref="Selector"/>, characters.</summary>
    public const int SelectorLengthMax = 80;

    /// <summary>All devices of a tenant.</summary>
    public static GroupKey AllOf(string tenant) => new(tenant, "all");

    /// <inheritdoc/>
    public override string ToString() => $"{Tenant}/{Selector}";
}
