namespace Pusher.Router.Cluster;

/// <summary>What an entry of an envelope is. The numbers are on the wire: one that was used is never used for something else.</summary>
public enum EntryKind
{
    /// <summary><see cref="RingEntry"/></summary>
    Ring = 1,

    /// <summary><see cref="LetterEntry"/></summary>
    Letter = 2,

    /// <summary><see cref="NotHereEntry"/></summary>
    NotHere = 3,

    /// <summary><see cref="KickEntry"/></summary>
    Kick = 4,

    /// <summary><see cref="KickedEntry"/></summary>
    Kicked = 5,

    /// <summary><see cref="MovedEntry"/></summary>
    Moved = 6,

    /// <summary><see cref="UnstoredEntry"/></summary>
    Unstored = 7,

    /// <summary><see cref="UnstoredToAllEntry"/></summary>
    UnstoredToAll = 8,

    /// <summary><see cref="GroupChangedEntry"/></summary>
    GroupChanged = 9,

    /// <summary><see cref="CredentialChangedEntry"/></summary>
    CredentialChanged = 10,
}
