namespace Pusher.Transport;

/// <summary>What became of a frame given to <see cref="IReactor.TrySend"/>.</summary>
public enum SendOutcome : byte
{
    /// <summary>The kernel has it, or it waits behind what was written before.</summary>
    Taken,

    /// <summary>Too much waits for this peer already; nothing of the frame was taken.</summary>
    Backlogged,

    /// <summary>The connection is closed, closing or broken.</summary>
    Gone,
}
