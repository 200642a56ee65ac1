namespace Pusher.Core.Messages;

/// <summary>What the store knows of one stream: acknowledged through <paramref name="AckedSeq"/>, stored through <paramref name="LastSeq"/>.</summary>
public readonly record struct StreamState(uint Stream, ulong AckedSeq, ulong LastSeq);
