using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>A step of a client session, for logs and screens.</summary>
/// <param name="State">The new state.</param>
/// <param name="Reason">With Closing, Waiting and Halted: why the connection ended; <see cref="CloseReason.None"/> when the application stopped it.</param>
/// <param name="Text">For people: the server's words, or what went wrong. May be empty.</param>
/// <param name="Address">The server this is about; null when none.</param>
/// <param name="RetryInMs">With Waiting: the pause.</param>
/// <param name="Login">With Online: what the server said.</param>
public sealed record ClientStateChange(
    ClientSessionState State,
    CloseReason Reason = CloseReason.None,
    string Text = "",
    string? Address = null,
    long RetryInMs = 0,
    LoginInfo? Login = null);
