namespace Pusher.Core.Messages;

/// <summary>A stream that the store had to give up because it lost data, and the one drawn in its place.</summary>
/// <param name="OldStream">The stream the device knew.</param>
/// <param name="NewStream">The stream that goes on; its first seq is 1.</param>
/// <param name="Lost">How many seqs the device had seen beyond what the store holds; <see cref="uint.MaxValue"/> = not known.</param>
public readonly record struct StreamReset(uint OldStream, uint NewStream, uint Lost);
