namespace Pusher.Core.Identity;

/// <summary>
/// Which of two logins of one running client is the later one. A client has one connection at a time, so an earlier attempt that
/// turns up behind a later one was given up, and must not take the place of the one the client uses now.
/// </summary>
/// <param name="Instance">Drawn at random by each running client; 0 = the client does not say, and its newest login wins.</param>
/// <param name="Attempt">Counts the client's connections: 1, 2, 3, …</param>
public readonly record struct LoginOrder(ulong Instance, uint Attempt)
{
    /// <summary>True when both are of the same client and this one is the earlier attempt. False between different clients.</summary>
    public bool IsOlderThan(LoginOrder present) => Instance != 0 && Instance == present.Instance && Attempt < present.Attempt;
}
