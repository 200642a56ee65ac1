using Pusher.Core.Collections;

namespace Pusher.Server.Sessions;

/// <summary>
/// The live sessions of one reactor, by tenant: a doubly linked list of slots per tenant, kept in one table beside the slots. Eight bytes per slot, and a walk
/// meets the tenant's sessions only, however many others the reactor has.
/// </summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class TenantMembers
{
    /// <summary>Where a list ends.</summary>
    public const int None = -1;

    private const int NotMember = -2;

    private readonly PagedArray<Link> _links = new(new Link(NotMember, NotMember));
    private int[] _heads = [];

    /// <summary>The first session of a tenant, or <see cref="None"/>.</summary>
    public int First(int tenant) => tenant < _heads.Length ? _heads[tenant] : None;

    /// <summary>The session behind this one, or <see cref="None"/>.</summary>
    public int Next(int slot) => _links[slot].Next;

    /// <summary>True for a session that was entered and not removed.</summary>
    public bool Contains(int slot) => slot < _links.Length && _links[slot].Next != NotMember;

    /// <summary>Enters a session at the head of its tenant's list, so that a walk under way does not meet it.</summary>
    public void Add(int slot, int tenant)
    {
        _links.EnsureCapacity(slot);
        GrowHeads(tenant);
        var head = _heads[tenant];
        _links[slot] = new Link(None, head);
        if (head != None)
        {
            _links[head].Previous = slot;
        }

        _heads[tenant] = slot;
    }

    /// <summary>Takes a session out that was entered for this tenant.</summary>
    public void Remove(int slot, int tenant)
    {
        var (previous, next) = (_links[slot].Previous, _links[slot].Next);
        if (previous == None)
        {
            _heads[tenant] = next;
        }
        else
        {
            _links[previous].Next = next;
        }

        if (next != None)
        {
            _links[next].Previous = previous;
        }

        _links[slot] = new Link(NotMember, NotMember);
    }

    private void GrowHeads(int tenant)
    {
        if (tenant >= _heads.Length)
        {
            var before = _heads.Length;
            Array.Resize(ref _heads, Math.Max(Math.Max(16, before * 2), tenant + 1));
            _heads.AsSpan(before).Fill(None);
        }
    }

    private struct Link(int previous, int next)
    {
        public int Previous = previous;
        public int Next = next;
    }
}
