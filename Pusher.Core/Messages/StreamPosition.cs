namespace Pusher.Core.Messages;

/// <summary>A place in a stream: everything up to and with <paramref name="Seq"/>.</summary>
public readonly record struct StreamPosition(uint Stream, ulong Seq);
