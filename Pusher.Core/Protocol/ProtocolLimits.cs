using Pusher.Core.Identity;

namespace Pusher.Core.Protocol;

/// <summary>All bounds of protocol version 1. Both sides may rely on them; docs/PROTOCOL.md lists them.</summary>
public static class ProtocolLimits
{
    /// <summary>Payload bytes of a frame before WELCOME.</summary>
    public const int LoginPayloadBytesMax = 1024;

    /// <summary>Default for the body of a PUSH or EVENT, in bytes: 64 KiB.</summary>
    public const int BodyBytesMaxDefault = 64 * 1024;

    /// <summary>Default for payload bytes of a frame after WELCOME: the largest body and the largest head in front of one.</summary>
    public const int PayloadBytesMaxDefault = BodyBytesMaxDefault + EventHeadBytesMax;

    /// <summary>Bytes of the nonce in HELLO.</summary>
    public const int ClientNonceBytes = 16;

    /// <summary>Bytes of the nonce in CHALLENGE.</summary>
    public const int ServerNonceBytes = 32;

    /// <summary>Bytes of a device key, of what the server stores of it, and of a proof.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of the value of <see cref="TlvType.Attempt"/>.</summary>
    public const int AttemptBytes = 8 + 4;

    /// <summary>The longest client version in HELLO, in printable ASCII characters; it may be empty.</summary>
    public const int ClientVersionLengthMax = 64;

    /// <summary>Tags in a HELLO.</summary>
    public const int TagsMax = 8;

    /// <summary>Streams in a HELLO or WELCOME.</summary>
    public const int StreamsMax = 16;

    /// <summary>Other addresses in a REFUSED or GOAWAY.</summary>
    public const int ElsewhereMax = 8;

    /// <summary>
    /// Bytes of one such address, <c>host:port</c>. With it a REFUSED stays under <see cref="LoginPayloadBytesMax"/>, so that a
    /// device needs no more room before login than the server does.
    /// </summary>
    public const int AddressBytesMax = 96;

    /// <summary>UTF-8 bytes of the text in a DONE, REFUSED or GOAWAY; a writer cuts a longer one between two characters.</summary>
    public const int TextBytesMax = 128;

    /// <summary>Bytes in front of an EVENT's body: event id and the longest name with its length.</summary>
    public const int EventHeadBytesMax = 8 + 1 + Identifier.LengthMax;

    /// <summary>The longest fixed frame of a logged-in device (a DONE with its text), in payload bytes: enough scratch to linearize it.</summary>
    public const int DonePayloadBytesMax = 8 + 2 + 1 + TextBytesMax;

    /// <summary>Retry after in REFUSED and GOAWAY: do not come back by yourself.</summary>
    public const uint RetryNever = uint.MaxValue;

    /// <summary>Messages lost in RESET: not known.</summary>
    public const uint LostUnknown = uint.MaxValue;
}
