using Pusher.Server.Sessions;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

public sealed class TenantMembersTests
{
    private readonly TenantMembers _members = new();

    [Fact]
    public void First_NobodyEverCame_None()
    {
        Assert.Equal(TenantMembers.None, _members.First(0));
        Assert.Equal(TenantMembers.None, _members.First(1_000_000));
        Assert.False(_members.Contains(5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AddAndRemove_AtRandom_ListsAreThoseOfAModel(int seed)
    {
        var random = new Random(seed);
        var model = Enumerable.Range(0, 7).Select(_ => new List<int>()).ToArray();
        var tenantOf = new Dictionary<int, int>();
        for (var step = 0; step < 5_000; step++)
        {
            var slot = random.Next(300);
            if (tenantOf.Remove(slot, out var tenant))
            {
                _members.Remove(slot, tenant);
                model[tenant].Remove(slot);
            }
            else
            {
                tenant = random.Next(model.Length);
                tenantOf.Add(slot, tenant);
                _members.Add(slot, tenant);
                model[tenant].Insert(0, slot);
            }

            Assert.Equal(tenantOf.ContainsKey(slot), _members.Contains(slot));
            Assert.Equal(model[tenant], Walk(tenant));
        }

        Assert.All(Enumerable.Range(0, model.Length), t => Assert.Equal(model[t], Walk(t)));
    }

    private IEnumerable<int> Walk(int tenant)
    {
        for (var slot = _members.First(tenant); slot != TenantMembers.None; slot = _members.Next(slot))
        {
            yield return slot;
        }
    }
}
