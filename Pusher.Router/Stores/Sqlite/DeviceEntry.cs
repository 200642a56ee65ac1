using Pusher.Core.Identity;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// What the writer must know of a device to number, bound and acknowledge its messages; about 250 bytes with its names and its
/// place in the table. The file can always tell it again.
/// </summary>
/// <remarks>Threading: the writer's.</remarks>
internal sealed class DeviceEntry(DeviceKey key, long deviceId, uint stream)
{
    public DeviceKey Key { get; } = key;

    public long DeviceId { get; } = deviceId;

    public uint Stream { get; set; } = stream;

    public ulong LastSeq { get; set; }

    public ulong AckedSeq { get; set; }

    /// <summary>Messages that wait for an acknowledgement.</summary>
    public int PendingCount { get; set; }

    /// <summary>Their payloads.</summary>
    public long PendingBytes { get; set; }

    /// <summary>The message at <see cref="LastSeq"/>, when it was appended since the entry was loaded; else 0.</summary>
    public long LastMessageId { get; set; }

    /// <summary>Its payload.</summary>
    public int LastBytes { get; set; }

    /// <summary>Its stream row must be written before the commit.</summary>
    public bool IsDirty { get; set; }

    /// <summary>The running transaction has changed it, so a rollback must forget it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Used since the clock hand last came by.</summary>
    public bool IsRecent { get; set; } = true;
}
