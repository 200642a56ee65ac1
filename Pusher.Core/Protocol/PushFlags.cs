namespace Pusher.Core.Protocol;

/// <summary>The flags of a PUSH. Unknown bits mean nothing to this version and are to be ignored.</summary>
[Flags]
public enum PushFlags : byte
{
    /// <summary>First time, no result wanted.</summary>
    None = 0,

    /// <summary>The message was sent before; the device may have it already.</summary>
    Redelivery = 1,

    /// <summary>The publisher wants a DONE.</summary>
    ResultWanted = 2,
}
