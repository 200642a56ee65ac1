using MessagePack;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>The sender has its first devices of a group, or none any more: what is cached of the group is out of date: <c>[9, tenant, selector]</c>.</summary>
internal readonly record struct GroupChangedEntry(GroupKey Group) : IEnvelopeEntry
{
    public const int Elements = 3;

    public void WriteTo(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(Elements);
        writer.Write((int)EntryKind.GroupChanged);
        writer.Write(Group.Tenant);
        writer.Write(Group.Selector);
    }

    public static GroupChangedEntry Read(ref MessagePackReader reader, NameTable names)
    {
        var tenant = EntryFormat.ReadName(ref reader, names);
        return reader.ReadString() is { Length: > 0 and <= GroupKey.SelectorLengthMax } selector
            ? new GroupChangedEntry(new GroupKey(tenant, selector))
            : throw new MessagePackSerializationException("A group without a selector.");
    }
}
