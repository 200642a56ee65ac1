namespace Pusher.Client.Devices;

/// <summary>What a slot of the ring file says. The numbers are on disk.</summary>
internal enum RingSlotKind : byte
{
    /// <summary>Never written.</summary>
    Empty = 0,

    /// <summary>A message is about to be handed over.</summary>
    Started = 1,

    /// <summary>A message is finished, with its result.</summary>
    Finished = 2,

    /// <summary>A stream is finished through a seq.</summary>
    Position = 3,

    /// <summary>A stream is gone.</summary>
    StreamGone = 4,
}
