namespace Pusher.Core.Sessions;

/// <summary>The time of one event. Intervals are measured on the first, dates are written from the second.</summary>
/// <param name="NowMs">Monotonic milliseconds; the zero means nothing.</param>
/// <param name="UnixMs">Wall clock, Unix milliseconds.</param>
public readonly record struct SessionTime(long NowMs, long UnixMs);
