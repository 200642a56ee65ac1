namespace Pusher.Server.Sessions;

/// <summary>What a piece of mail tells a session.</summary>
public enum ReactorMailKind : byte
{
    /// <summary><see cref="ReactorMail.Frame"/> is the PUSH of a message that was stored.</summary>
    Stored,

    /// <summary><see cref="ReactorMail.Stream"/> holds messages through <see cref="ReactorMail.Number"/>.</summary>
    Ring,

    /// <summary><see cref="ReactorMail.Body"/> is the <see cref="DeviceOpening"/>.</summary>
    Opened,

    /// <summary>A QoS 0 message for the session: <see cref="ReactorMail.Frame"/>.</summary>
    Unstored,

    /// <summary>For the whole reactor: a QoS 0 message, <see cref="ReactorMail.Frame"/>, for every session of the tenant whose number is <see cref="ReactorMail.Stream"/>.</summary>
    FanOut,

    /// <summary><see cref="ReactorMail.Body"/> is the <see cref="Credentials.CredentialAnswer"/> that was asked for.</summary>
    Credential,

    /// <summary>The device could not be opened; <see cref="ReactorMail.Body"/> is the <see cref="DeviceOpening"/>.</summary>
    OpenFailed,

    /// <summary>A later attempt of the same client has the device; <see cref="ReactorMail.Body"/> is the <see cref="DeviceOpening"/>.</summary>
    Superseded,

    /// <summary>The device is refused for <see cref="ReactorMail.Number"/> milliseconds; <see cref="ReactorMail.Body"/> is the <see cref="DeviceOpening"/>.</summary>
    RateLimited,

    /// <summary><see cref="ReactorMail.Body"/> is the page.</summary>
    Page,

    /// <summary>The store has lost data: the session's streams are to be read again.</summary>
    StoreLost,

    /// <summary>They were: <see cref="ReactorMail.Body"/> is the <see cref="Core.Messages.DeviceOpened"/>.</summary>
    Reopened,

    /// <summary>Reading or giving up in <see cref="ReactorMail.Stream"/> failed.</summary>
    ReadFailed,

    /// <summary>The head of <see cref="ReactorMail.Stream"/> was ended.</summary>
    GivenUp,

    /// <summary>A newer login took over; <see cref="ReactorMail.Body"/> is a <see cref="TaskCompletionSource"/> that is set when the session has ended, or the <see cref="DeviceOpening"/> of a session that was replaced before it began.</summary>
    Replaced,

    /// <summary>For the whole reactor: <see cref="ReactorMail.Body"/> is the set of devices whose key is gone or changed.</summary>
    Revoked,

    /// <summary>Sessions of the reactor are told to go: <see cref="ReactorMail.Body"/> is the <see cref="DrainSlice"/>.</summary>
    Drain,
}
