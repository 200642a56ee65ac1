using Pusher.Core.Buffers;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>One thing another thread has to say to a session, or to a whole reactor.</summary>
public readonly record struct ReactorMail(ReactorMailKind Kind, ConnectionId Connection, object? Body = null, ulong Number = 0, uint Stream = 0)
{
    /// <summary>The frame of a message. The mail holds one reference, which its reader releases.</summary>
    public FrameLease Frame => new((SharedFrame)Body!, (int)(uint)Number);

    /// <summary>How many devices a QoS 0 message was posted for.</summary>
    public int Devices => (int)(Number >> 32);

    /// <summary>A message that was stored. Takes the reference over.</summary>
    public static ReactorMail Stored(ConnectionId connection, in FrameLease push) => new(ReactorMailKind.Stored, connection, push.Frame, (uint)push.Version);

    /// <summary>A QoS 0 message, for a session or for those of a tenant.</summary>
    public static ReactorMail Unstored(ReactorMailKind kind, ConnectionId connection, in FrameLease frame, int devices, int tenant)
        => new(kind, connection, frame.Frame, ((ulong)(uint)devices << 32) | (uint)frame.Version, (uint)tenant);
}
