using Pusher.Core.Sessions;

namespace Pusher.Tests.Simulation;

/// <summary>What a run has switched off, to see the checker fail: parts of the server's session, or the device's memory.</summary>
/// <param name="Session">Parts of the server's session.</param>
/// <param name="DedupeOff">The device hands over every message that arrives.</param>
public readonly record struct SimBreakage(SessionBreakage Session, bool DedupeOff)
{
    /// <summary>By the name that the command line takes; false for an unknown one.</summary>
    public static bool TryParse(string name, out SimBreakage breakage)
    {
        breakage = name switch
        {
            "retry" => new SimBreakage(SessionBreakage.Retry, false),
            "fence" => new SimBreakage(SessionBreakage.Fence, false),
            "resume" => new SimBreakage(SessionBreakage.Resume, false),
            "dedupe" => new SimBreakage(SessionBreakage.None, true),
            _ => default,
        };
        return breakage != default;
    }
}
