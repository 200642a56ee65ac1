namespace Pusher.Core.Protocol;

/// <summary>What a frame is: byte 3 of the header. A receiver skips a type that it does not know, by its length.</summary>
public enum FrameType : byte
{
    /// <summary>Device to server: who I am and what I have; opens the login.</summary>
    Hello = 0x01,

    /// <summary>Server to device: the nonce to prove the key with.</summary>
    Challenge = 0x02,

    /// <summary>Device to server: the proof of the key.</summary>
    Proof = 0x03,

    /// <summary>Server to device: logged in.</summary>
    Welcome = 0x04,

    /// <summary>Server to device, before WELCOME: not served; the server closes behind it.</summary>
    Refused = 0x05,

    /// <summary>Both ways: alive. The server answers each one of a device.</summary>
    Heartbeat = 0x10,

    /// <summary>Server to device: new heartbeat and window.</summary>
    Settings = 0x11,

    /// <summary>Server to device: a message.</summary>
    Push = 0x20,

    /// <summary>Device to server: everything of a stream up to a seq is handed over.</summary>
    Ack = 0x21,

    /// <summary>Device to server: what became of a message.</summary>
    Done = 0x22,

    /// <summary>Server to device: a range of seqs that will not come.</summary>
    Skipped = 0x23,

    /// <summary>Server to device: a stream ended, another takes its place.</summary>
    Reset = 0x24,

    /// <summary>Device to server: something for the backends.</summary>
    Event = 0x25,

    /// <summary>Server to device: what became of an EVENT.</summary>
    EventAck = 0x26,

    /// <summary>Server to device: do not hand a message over any more. Defined; sent by later versions.</summary>
    Recall = 0x27,

    /// <summary>Server to device, after WELCOME: the connection ends, with a reason; the server closes behind it.</summary>
    GoAway = 0x30,
}
