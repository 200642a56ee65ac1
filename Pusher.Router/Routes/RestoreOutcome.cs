namespace Pusher.Router.Routes;

/// <summary>What became of a <see cref="HeldRoute"/>.</summary>
public enum RestoreOutcome : byte
{
    /// <summary>A newer login has the device; nothing was changed, and the session must end.</summary>
    Superseded,

    /// <summary>The route was there.</summary>
    Kept,

    /// <summary>It was missing, or older, and was written.</summary>
    Restored,
}
