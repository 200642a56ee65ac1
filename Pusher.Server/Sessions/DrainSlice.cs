namespace Pusher.Server.Sessions;

/// <summary>A part of a reactor's devices that is told to go: those whose slot is <paramref name="Number"/> modulo <paramref name="Count"/>.</summary>
/// <param name="Number">Which part.</param>
/// <param name="Count">Of how many.</param>
/// <param name="RetryAfterMs">They come back after a time drawn from 0 to this.</param>
/// <param name="Elsewhere">Where they may go instead, <c>host:port</c>; empty when there is nowhere.</param>
public sealed record DrainSlice(int Number, int Count, int RetryAfterMs, string[] Elsewhere);
