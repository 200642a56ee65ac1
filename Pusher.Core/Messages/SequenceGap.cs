using Pusher.Core.Protocol;

namespace Pusher.Core.Messages;

/// <summary>Seqs that will never be sent (again), both ends included, and why.</summary>
public readonly record struct SequenceGap(ulong FirstSeq, ulong LastSeq, SkipReason Reason);
