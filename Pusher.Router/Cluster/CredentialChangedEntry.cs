using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The device's key was written or taken away: <c>[10, tenant, device, revoked]</c>.</summary>
/// <param name="Device">The device.</param>
/// <param name="IsRevoked">It had another key before: its sessions must end.</param>
internal readonly record struct CredentialChangedEntry(DeviceKey Device, bool IsRevoked) : IEnvelopeEntry
{
    public const int Elements = 4;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.CredentialChanged, Device);
        writer.Write(IsRevoked);
    }

    public static CredentialChangedEntry Read(ref MessagePackReader reader, NameTable names) => new(EntryFormat.ReadDevice(ref reader, names), reader.ReadBoolean());
}
