using MessagePack;

namespace Pusher.Router.Cluster;

/// <summary>Something one node tells another.</summary>
internal interface IEnvelopeEntry
{
    /// <summary>Writes the entry as one MessagePack array whose first element is its <see cref="EntryKind"/>.</summary>
    void WriteTo(ref MessagePackWriter writer);
}
