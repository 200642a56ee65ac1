namespace Pusher.Core.Sessions;

/// <summary>Where a session stands. It only moves forward.</summary>
public enum SessionPhase : byte
{
    /// <summary>Connected; HELLO is awaited.</summary>
    Greeting = 0,

    /// <summary>HELLO came; the device's key is being looked up.</summary>
    Identifying = 1,

    /// <summary>CHALLENGE was sent; PROOF is awaited.</summary>
    Proving = 2,

    /// <summary>The proof does not fit the key that the host had at hand; the key is being asked for.</summary>
    Checking = 3,

    /// <summary>The proof is right; the route is being claimed and the streams are being read.</summary>
    Opening = 4,

    /// <summary>WELCOME was sent.</summary>
    Live = 5,

    /// <summary>Ended; every further event is ignored.</summary>
    Closed = 6,
}
