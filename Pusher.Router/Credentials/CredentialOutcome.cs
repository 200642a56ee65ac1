namespace Pusher.Router.Credentials;

/// <summary>What became of a device that was written.</summary>
public enum CredentialOutcome : byte
{
    /// <summary>It was not there, and is now.</summary>
    Added,

    /// <summary>It had another key or store, and has this one now.</summary>
    Replaced,

    /// <summary>It was there just so.</summary>
    Unchanged,

    /// <summary>It has another key, and was to be left.</summary>
    Kept,
}
