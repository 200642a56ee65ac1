namespace Pusher.Core.Protocol;

/// <summary>What a device did with a message (DONE frame). The numbers are on the wire; unknown ones are kept as they are.</summary>
public enum DeliveryResult : ushort
{
    /// <summary>Handled; nothing more precise to say.</summary>
    Ok = 0,

    /// <summary>On paper.</summary>
    Printed = 1,

    /// <summary>On a screen.</summary>
    Displayed = 2,

    /// <summary>A person confirmed it.</summary>
    Confirmed = 3,

    /// <summary>Seen before, not handled again.</summary>
    Duplicate = 16,

    /// <summary>The device could not make sense of it.</summary>
    Rejected = 17,

    /// <summary>No paper.</summary>
    OutOfPaper = 32,

    /// <summary>The cover is open.</summary>
    CoverOpen = 33,

    /// <summary>The cutter jammed.</summary>
    CutterJam = 34,

    /// <summary>The print head is too hot.</summary>
    Overheated = 35,

    /// <summary>The mechanism behind the device does not answer.</summary>
    HardwareOffline = 36,

    /// <summary>The handler on the device failed.</summary>
    HandlerFailed = 64,

    /// <summary>Something else; see the text.</summary>
    Other = 255,
}
