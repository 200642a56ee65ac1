namespace Pusher.Core.Protocol;

/// <summary>Types of the extensions that version 1 knows. 0x8000 and above are free for experiments.</summary>
public static class TlvType
{
    /// <summary>In HELLO: <c>u64 instance | u32 attempt</c>, see <see cref="Identity.LoginOrder"/>.</summary>
    public const ushort Attempt = 1;
}
