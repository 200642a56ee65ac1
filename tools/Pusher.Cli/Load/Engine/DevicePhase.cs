namespace Pusher.Cli.Load.Engine;

/// <summary>How far a simulated device is.</summary>
internal enum DevicePhase : byte
{
    /// <summary>Waits for its turn, or for its time, to connect.</summary>
    Waiting,

    /// <summary>TCP is under way.</summary>
    Connecting,

    /// <summary>HELLO is sent.</summary>
    Greeting,

    /// <summary>PROOF is sent.</summary>
    Proving,

    /// <summary>Logged in.</summary>
    Live,

    /// <summary>Will not connect again: refused for good.</summary>
    Gone,
}
